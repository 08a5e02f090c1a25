#include "wire/anthropic_messages/answer_writer.h"

#include <algorithm>

#include "json/writer.h"
#include "wire/anthropic_messages/block_writer.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/usage.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Part;
using llm::PartKind;

// `own_id`: of a call that has none.
void write_part(const Part& part, const std::string& path, const std::string& own_id, json::Writer& writer,
                BlockWriter& blocks, LossSet& losses) {
  switch (part.kind) {
    case PartKind::kText:
    case PartKind::kRefusal:
      if (part.text.empty()) return;
      writer.begin_object().member("type", "text").member("text", part.text).end_object();
      return;
    case PartKind::kReasoning:
      return blocks.reasoning(part);
    case PartKind::kToolCall:
      if (part.custom) losses.major(path + ": a call with free text is given as {\"input\": text}");
      return blocks.call(part, part.id.empty() ? own_id : call_id(part.id), path);
    case PartKind::kAudio:
      return losses.major(path + ": audio");
    case PartKind::kImage:
      return losses.major(path + ": an image");
    default:
      return losses.major(path + ": no block can hold it");
  }
}

llm::StopReason reason_of(const llm::Choice& choice) {
  const auto has = [&choice](PartKind kind) {
    return std::ranges::find(choice.parts, kind, &Part::kind) != choice.parts.end();
  };
  return completed(choice.stop, has(PartKind::kToolCall), has(PartKind::kRefusal));
}

}  // namespace

llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out) {
  static const llm::Choice kNothing;
  const llm::Choice& choice = answer.choices.empty() ? kNothing : answer.choices.front();
  LossSet losses;
  json::Writer writer(out);
  BlockWriter blocks(writer, losses);
  const std::string own_id = "msg_" + std::string(context.id);
  writer.begin_object().member("id", answer.id.empty() ? own_id : answer.id);
  writer.member("type", "message").member("role", "assistant");
  writer.member("model", answer.model.empty() ? context.model : std::string_view(answer.model));
  writer.key("content").begin_array();
  for (std::size_t i = 0; i < choice.parts.size(); ++i) {
    const std::string number = std::to_string(i);
    const std::string call = "call_" + std::string(context.id) + "_" + number;
    write_part(choice.parts[i], "content[" + number + "]", call, writer, blocks, losses);
  }
  writer.end_array().member("stop_reason", stop_reason_name(reason_of(choice))).key("stop_sequence");
  if (choice.stop == llm::StopReason::kStopSequence && !choice.stop_sequence.empty()) {
    writer.value(choice.stop_sequence);
  } else {
    writer.null();
  }
  writer.key("usage");
  write_usage(answer.usage, writer);
  writer.end_object();
  if (answer.choices.size() > 1) losses.major("choices: only the first is given");
  if (!choice.logprobs.empty()) losses.minor("logprobs");
  if (!answer.usage.known()) losses.minor(kUsageLoss);
  return losses.take();
}

}  // namespace pointsman::wire::anthropic_messages
