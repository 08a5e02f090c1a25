// Writes a response object: the whole of an answer, and what the events of a stream carry at its beginning and end.
//
// Pure (openapi.yaml: Response). Every member that the schema requires is there.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "json/writer.h"
#include "llm/answer.h"
#include "wire/openai_responses/echo.h"
#include "wire/openai_responses/output_items.h"

namespace pointsman::wire::openai_responses {

// How a response ended.
struct Ending {
  std::string_view status = "completed";
  std::string_view reason;  // of an incomplete one: "max_output_tokens", "content_filter"
};
// `refused`: the answer says so in a part of its own.
Ending ending_of(llm::StopReason stop, bool refused);

struct ResponseObject {
  std::string_view id;
  std::string_view model;
  std::int64_t created = 0;
  Ending ending;
  std::span<const Item> output;
  const llm::Usage* usage = nullptr;        // null: not to be told
  const llm::AnswerError* error = nullptr;  // of a failed one
};

void write_response(const ResponseObject& response, const Echo& echo, json::Writer& writer);

}  // namespace pointsman::wire::openai_responses
