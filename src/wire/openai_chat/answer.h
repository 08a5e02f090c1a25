// What the gateway learns from an answer that goes by: usage, why it ended, who it says it is.
//
// Pure. Filled by the meters of usage_meter.h; reads the same members in a chunk of a stream and in a whole body
// (openapi.yaml: CreateChatCompletionResponse, CreateChatCompletionStreamResponse).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/observed.h"

namespace pointsman::wire::openai_chat {

using llm::Observed;

// The shape of one chunk, as far as hiding it is concerned.
struct ChunkShape {
  bool has_usage = false;  // "usage" is an object
  bool has_error = false;
  bool empty_choices = false;  // "choices" is []
};

// Reads one chunk or whole answer. What is not JSON only sets `malformed`.
ChunkShape read_answer(std::string_view text, json::Document& document, Observed& out);

// Reads a usage object at the cursor into `out`; members of other types stay unknown.
void read_usage(json::Cursor& cursor, llm::Usage& out);

}  // namespace pointsman::wire::openai_chat
