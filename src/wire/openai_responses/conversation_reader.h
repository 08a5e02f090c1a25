// Reads a Responses request body into neutral form, for a model whose provider speaks another protocol.
//
// Pure; openapi.yaml: CreateResponse. What only OpenAI's own service can do (stored conversations, built-in tools,
// templates) is a loss; work in the background is refused. Everything is copied: the body may go afterwards.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

// Most messages and parts of a body together: each costs us more memory than it costs the client bytes.
inline constexpr std::size_t kMaxParts = 65536;

// Fills `out` and gives what it has no place for. Errors are the client's, with the JSON pointer as place(): kParse,
// kTooLarge, kInvalidArgument, or kUnsupported for "background". Consecutive items of the assistant (what it thought,
// said and called) become one message; each output of a tool becomes one of Role::kTool.
base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out);

}  // namespace pointsman::wire::openai_responses
