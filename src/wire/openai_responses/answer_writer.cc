#include "wire/openai_responses/answer_writer.h"

#include <utility>

#include "wire/loss_set.h"
#include "wire/openai_responses/logprobs.h"
#include "wire/openai_responses/response_object.h"
#include "wire/openai_responses/sealed.h"
#include "wire/openai_responses/writer_losses.h"

namespace pointsman::wire::openai_responses {
namespace {

void add_parts(const llm::Choice& choice, OutputItems& items, LossSet& losses) {
  json::Document document;
  std::string logprobs = entries_of_choice(choice.logprobs, document);
  for (const llm::Part& part : choice.parts) {
    if (!OutputItems::can_hold(part.kind)) {
      losses.major(part_loss(part.kind));
      continue;
    }
    const auto place = items.add({part.kind, part.custom, part.summary, part.id, part.name});
    Content& content = items.content(place);
    content.text = part.kind == llm::PartKind::kToolCall ? part.arguments : part.text;
    if (content.kind == ContentKind::kText) content.logprobs = std::exchange(logprobs, {});
    const std::string sealed = seal(part);
    if (!sealed.empty()) items.all()[place.item].encrypted = sealed;
  }
  if (!logprobs.empty()) losses.minor(kLogprobsLoss);
}

bool refuses(const llm::Choice& choice) {
  for (const llm::Part& part : choice.parts) {
    if (part.kind == llm::PartKind::kRefusal) return true;
  }
  return false;
}

}  // namespace

llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out) {
  LossSet losses;
  OutputItems items;
  const std::string id = response_id(answer.id, context.id);
  items.name(std::string_view(id).substr(kResponsePrefix.size()));
  const llm::Choice none;
  const llm::Choice& choice = answer.choices.empty() ? none : answer.choices.front();
  if (answer.choices.size() > 1) losses.major(kChoicesLoss);
  if (choice.stop == llm::StopReason::kPause) losses.major(kPauseLoss);
  if (choice.stop == llm::StopReason::kStopSequence) losses.minor(kStopSequenceLoss);
  if (!answer.usage.known()) losses.minor(kUsageLoss);
  add_parts(choice, items, losses);

  ResponseObject response;
  response.id = id;
  response.model = answer.model.empty() ? context.model : std::string_view(answer.model);
  response.created = answer.created != 0 ? answer.created : context.created;
  response.ending = ending_of(choice.stop, refuses(choice));
  response.usage = &answer.usage;
  for (Item& item : items.all()) item.status = "completed";
  // What came last was cut.
  if (!items.all().empty()) items.all().back().status = response.ending.status;
  response.output = items.all();
  json::Writer writer(out);
  write_response(response, read_echo(context.request), writer);
  return losses.take();
}

}  // namespace pointsman::wire::openai_responses
