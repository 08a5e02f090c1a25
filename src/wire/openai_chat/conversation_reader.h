// Reads a Chat Completions request with all its content into neutral form, for a model of another protocol.
//
// Pure. For bodies that read_chat_request() accepted; others are refused just as clearly. Read are the members of
// openapi.yaml (CreateChatCompletionRequest) and what widespread clients add: "reasoning" (OpenRouter), "thinking",
// "top_k", "cache_control", and the reasoning that earlier answers held. Members whose value is the API's default say
// nothing and are no loss.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/conversation.h"

namespace pointsman::wire::openai_chat {

// Most messages, parts, tools and stop sequences of a body together: each costs us more memory than it costs the client
// bytes.
inline constexpr std::size_t kMaxPieces = 65536;

// Sets `out` and returns what it has no place for. Errors are the client's: kParse with the position, kTooLarge, or
// kInvalidArgument whose place() is the JSON pointer of the member.
base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out);

}  // namespace pointsman::wire::openai_chat
