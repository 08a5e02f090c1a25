// Names of attributes: one table of what OpenTelemetry's GenAI conventions call things in the generations that
// dashboards know, and what they call providers.
//
// Constant data, usable from any thread. Router facts have no convention; their names begin with `pointsman.`.
#pragma once

#include <cstdint>
#include <string_view>

namespace pointsman::trace {

// In the order of config::Semconv.
enum class Convention : std::uint8_t { kGenAi136, kGenAiLatest };

enum class Fact : std::uint8_t {
  kOperation,
  kProvider,
  kRequestModel,
  kRequestMaxTokens,
  kRequestStream,
  kResponseModel,
  kTimeToFirstChunk,
  kInputTokens,
  kOutputTokens,
  kReasoningTokens,
  kCacheReadTokens,
  kCacheWriteTokens,
};

// Empty where that generation has no name for it: then it is not told.
std::string_view name_of(Fact fact, Convention convention);
// What the conventions call the provider of that configured name; the name itself where they know none.
std::string_view provider_name(std::string_view configured, Convention convention);

}  // namespace pointsman::trace
