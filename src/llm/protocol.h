// The protocols that clients and providers speak.
// Plain values; their names stand in the ledger and in metrics.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pointsman::llm {

// The first protocol that is listed is the one that an entry of the ledger means if it names none.
enum class Protocol : std::uint8_t {
  kChatCompletions,    // OpenAI
  kResponses,          // OpenAI
  kMessages,           // Anthropic
  kLegacyCompletions,  // OpenAI
  kEmbeddings,         // OpenAI
};
inline constexpr std::size_t kProtocols = 5;

constexpr std::string_view to_string(Protocol protocol) {
  constexpr std::array<std::string_view, kProtocols> kNames = {"chat_completions", "responses", "messages",
                                                               "completions", "embeddings"};
  return kNames[static_cast<std::size_t>(protocol)];
}

}  // namespace pointsman::llm
