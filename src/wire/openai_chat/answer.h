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
#include "llm/usage.h"

namespace pointsman::wire::openai_chat {

struct Observed {
  llm::Usage usage;  // the last report wins
  std::string id;    // as the upstream states them; empty if it does not
  std::string model;
  std::vector<std::string> finish_reasons;  // one for each finished choice, in order of arrival, at most kMaxFinished
  bool error = false;                       // an "error" that is not null went by
  bool done = false;                        // the stream said [DONE]
  bool malformed = false;                   // something that had to be read was not JSON

  static constexpr std::size_t kMaxFinished = 128;
  static constexpr std::size_t kMaxName = 256;  // longer ids and models are cut
  void clear();
  void add_finish_reason(const json::RawString& reason);
};

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

// Sets `out` to at most kMaxName decoded bytes.
void set_name(const json::RawString& raw, std::string& out);

}  // namespace pointsman::wire::openai_chat
