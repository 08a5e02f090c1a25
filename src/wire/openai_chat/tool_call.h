// One tool call as Chat Completions spells it, in a message, an answer or a delta of a stream.
//
// {"id", "type": "function", "function": {"name", "arguments"}} or {"type": "custom", "custom": {"name", "input"}}
// (openapi.yaml: ChatCompletionMessageToolCalls). Pure. Arguments stay the text that they are.
#pragma once

#include <cstdint>
#include <optional>

#include "json/writer.h"
#include "llm/conversation.h"
#include "wire/json_value.h"

namespace pointsman::wire::openai_chat {

struct ToolCallPiece {
  std::optional<std::int64_t> index;
  llm::Part part;  // of kind kToolCall; what the piece does not say is empty
};

ToolCallPiece read_tool_call(const JsonValue& call);
// The legacy {"name", "arguments"} of "function_call".
llm::Part read_function_call(const JsonValue& call);

// `call` with an empty `arguments` goes out as a call without any: {}.
void write_tool_call(const llm::Part& call, json::Writer& writer);

}  // namespace pointsman::wire::openai_chat
