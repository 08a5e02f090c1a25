#include "wire/openai_responses/answer_reader.h"

#include <utility>

#include "wire/openai_responses/error_reader.h"
#include "wire/openai_responses/output_reader.h"

namespace pointsman::wire::openai_responses {
namespace {

base::Error no_response() {
  return {base::ErrorCode::kParse, "the provider's answer is not a response", base::Origin::kUpstream,
          base::Retry::kOtherTarget};
}

base::Result<llm::Losses> read(json::Cursor cursor, std::string_view body, llm::Answer& out) {
  ResponseFields fields = read_fields(cursor);
  if (!cursor.finished()) return base::fail(no_response());
  if (fields.error || fields.status == "failed") {
    llm::AnswerError error = std::move(fields.error).value_or(llm::AnswerError{});
    name_error(error);
    return base::fail(base::ErrorCode::kUpstreamStatus, std::move(error.message), base::Origin::kUpstream,
                      base::Retry::kOtherTarget);
  }
  if (!fields.output) return base::fail(no_response());
  LossSet losses;
  std::string logprobs;
  llm::Choice& choice = out.choices.emplace_back();
  bool called = false, refused = false;
  json::Cursor items = *fields.output;
  for (bool more = items.enter_array(); more; more = items.next_element()) {
    ReadItem item = read_item(items, body, losses);
    if (!item.logprobs.empty()) logprobs += (logprobs.empty() ? "" : ",") + item.logprobs;
    for (ItemPart& one : item.parts) {
      called = called || one.part.kind == llm::PartKind::kToolCall;
      refused = refused || one.part.kind == llm::PartKind::kRefusal;
      choice.parts.push_back(std::move(one.part));
    }
  }
  if (!logprobs.empty()) choice.logprobs = "{\"content\":[" + logprobs + "],\"refusal\":null}";
  choice.stop = stop_of(fields, called, refused);
  out.id = std::move(fields.id);
  out.model = std::move(fields.model);
  out.created = fields.created;
  out.usage = fields.usage;
  return losses.take();
}

}  // namespace

base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out) {
  out = {};
  if (!document.open(body)) return base::fail(no_response());
  auto losses = read(document.root(), body, out);
  document.close();
  return losses;
}

}  // namespace pointsman::wire::openai_responses
