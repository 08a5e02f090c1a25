#include "wire/openai_chat/stream_writer.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "json/text.h"
#include "json/writer.h"
#include "wire/openai_chat/answer_shape.h"
#include "wire/openai_chat/error_body.h"
#include "wire/openai_chat/stop_reason.h"
#include "wire/openai_chat/usage_member.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::PartKind;
using llm::StreamEventKind;

class Writer final : public llm::StreamWriter {
 public:
  explicit Writer(const llm::AnswerContext& context)
      : id_(context.id),
        model_(context.model),
        created_(context.created),
        include_usage_(context.include_usage),
        old_functions_(wants_old_functions(context.request)) {}

  void take(const llm::StreamEvent& event) override;
  std::string& out() override { return out_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  struct PartState {
    PartKind kind = PartKind::kText;
    bool custom = false;
    bool summary = false;
    bool any = false;      // something of it went out
    std::size_t call = 0;  // number of the tool call
  };
  struct Choice {
    bool begun = false;
    bool stopped = false;
    bool refused = false;
    bool after_summary = false;  // the part before was a summary of reasoning
    std::size_t calls = 0;
    std::vector<PartState> parts;
  };

  void begin(const llm::StreamEvent& event);
  void part_begin(const llm::StreamEvent& event);
  void text(const llm::StreamEvent& event);
  void part_end(const llm::StreamEvent& event);
  void call_begin(const llm::StreamEvent& event, PartState& part, Choice& choice);
  void call_text(const PartState& part, std::uint32_t choice, std::string_view text);
  void stop(const llm::StreamEvent& event);
  void logprobs(const llm::StreamEvent& event);
  void end();

  // A chunk around the members of a delta.
  void chunk(std::uint32_t choice, std::string_view delta, std::string_view finish_reason = {},
             std::string_view logprobs = {});
  void member(std::uint32_t choice, std::string_view name, std::string_view text);
  Choice& choice_of(const llm::StreamEvent& event);
  PartState* part_of(const llm::StreamEvent& event);

  std::string id_, model_;
  std::int64_t created_;
  bool include_usage_;
  bool old_functions_;
  std::string head_;  // of every chunk, up to its choices
  std::string out_;
  std::string delta_;  // being put together
  std::deque<Choice> choices_;
  llm::Usage usage_;
  LossSet losses_;
  bool over_ = false;
};

void append_string(std::string_view text, std::string& out) {
  out += '"';
  json::escape(text, out);
  out += '"';
}

void Writer::take(const llm::StreamEvent& event) {
  if (over_) return;
  if (head_.empty()) begin(event);
  if (event.usage != nullptr) usage_ = *event.usage;
  switch (event.kind) {
    case StreamEventKind::kBegin:
    case StreamEventKind::kUsage:
      return;
    case StreamEventKind::kPartBegin:
      return part_begin(event);
    case StreamEventKind::kText:
      return text(event);
    case StreamEventKind::kSignature:
      return note_loss(losses_, event.opaque ? "reasoning: encrypted content" : "reasoning: signature", Weight::kMinor);
    case StreamEventKind::kPartEnd:
      return part_end(event);
    case StreamEventKind::kLogprobs:
      return logprobs(event);
    case StreamEventKind::kStop:
      return stop(event);
    case StreamEventKind::kError:
      over_ = true;
      out_ += "data: ";
      write_provider_error(*event.error, 0, out_);
      out_ += "\n\n";
      return;
    case StreamEventKind::kEnd:
      return end();
  }
}

void Writer::begin(const llm::StreamEvent& event) {
  const bool named = event.kind == StreamEventKind::kBegin;
  id_ = completion_id(named ? event.id : std::string_view(), {.id = id_});
  if (named && !event.name.empty()) model_ = event.name;
  if (named && event.created != 0) created_ = event.created;
  head_ = "data: {\"id\":";
  append_string(id_, head_);
  head_.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(std::to_string(created_));
  head_ += ",\"model\":";
  append_string(model_, head_);
  head_ += ",\"choices\":[";
}

Writer::Choice& Writer::choice_of(const llm::StreamEvent& event) {
  while (choices_.size() <= event.choice) choices_.emplace_back();
  return choices_[event.choice];
}

Writer::PartState* Writer::part_of(const llm::StreamEvent& event) {
  auto& parts = choice_of(event).parts;
  return event.part < parts.size() ? &parts[event.part] : nullptr;
}

void Writer::chunk(std::uint32_t choice, std::string_view delta, std::string_view finish_reason,
                   std::string_view logprobs) {
  out_.append(head_).append("{\"index\":").append(std::to_string(choice)).append(",\"delta\":{");
  if (!std::exchange(choices_[choice].begun, true)) {
    out_ += "\"role\":\"assistant\"";
    // A choice that begins with its end has a content for clients that count on one.
    if (delta.empty()) out_ += ",\"content\":\"\"";
    if (!delta.empty()) out_ += ',';
  }
  out_.append(delta).append("}");
  if (!logprobs.empty()) out_.append(",\"logprobs\":").append(logprobs);
  out_ += ",\"finish_reason\":";
  if (finish_reason.empty()) {
    out_ += "null";
  } else {
    append_string(finish_reason, out_);
  }
  out_.append("}]").append(include_usage_ ? ",\"usage\":null}\n\n" : "}\n\n");
}

void Writer::member(std::uint32_t choice, std::string_view name, std::string_view text) {
  delta_.assign("\"").append(name).append("\":");
  append_string(text, delta_);
  chunk(choice, delta_);
}

void Writer::part_begin(const llm::StreamEvent& event) {
  Choice& choice = choice_of(event);
  PartState part{.kind = event.part_kind, .custom = event.custom, .summary = event.summary};
  llm::Part what;
  what.kind = event.part_kind;
  note_part_losses(what, losses_);
  if (part.kind == PartKind::kToolCall) call_begin(event, part, choice);
  if (part.kind == PartKind::kRefusal) choice.refused = true;
  if (part.kind == PartKind::kReasoning && part.summary && choice.after_summary) {
    member(event.choice, "reasoning_content", "\n\n");  // summaries are paragraphs
  }
  choice.after_summary = part.kind == PartKind::kReasoning && part.summary;
  choice.parts.resize(std::max<std::size_t>(choice.parts.size(), event.part + std::size_t{1}));
  choice.parts[event.part] = part;
}

void Writer::call_begin(const llm::StreamEvent& event, PartState& part, Choice& choice) {
  part.call = choice.calls++;
  if (old_functions_) {
    if (part.call > 0) return note_loss(losses_, "parallel function calls", Weight::kReal);
    delta_ = "\"function_call\":{\"name\":";
    append_string(event.name, delta_);
    delta_ += ",\"arguments\":\"\"}";
    return chunk(event.choice, delta_);
  }
  const std::string made_up = event.id.empty() ? call_id(id_, event.choice, part.call) : std::string();
  delta_.assign("\"tool_calls\":[{\"index\":").append(std::to_string(part.call)).append(",\"id\":");
  append_string(event.id.empty() ? std::string_view(made_up) : event.id, delta_);
  delta_ +=
      part.custom ? ",\"type\":\"custom\",\"custom\":{\"name\":" : ",\"type\":\"function\",\"function\":{\"name\":";
  append_string(event.name, delta_);
  delta_ += part.custom ? ",\"input\":\"\"}}]" : ",\"arguments\":\"\"}}]";
  chunk(event.choice, delta_);
}

void Writer::text(const llm::StreamEvent& event) {
  PartState* part = part_of(event);
  if (part == nullptr || event.text.empty()) return;
  part->any = true;
  switch (part->kind) {
    case PartKind::kText:
      return member(event.choice, "content", event.text);
    case PartKind::kReasoning:
      return member(event.choice, "reasoning_content", event.text);
    case PartKind::kRefusal:
      return member(event.choice, "refusal", event.text);
    case PartKind::kToolCall:
      return call_text(*part, event.choice, event.text);
    default:
      return;  // noted when it began
  }
}

void Writer::call_text(const PartState& part, std::uint32_t choice, std::string_view text) {
  if (old_functions_ && part.call > 0) return;
  if (old_functions_) {
    delta_ = "\"function_call\":{\"arguments\":";
  } else {
    delta_.assign("\"tool_calls\":[{\"index\":").append(std::to_string(part.call));
    delta_ += part.custom ? ",\"custom\":{\"input\":" : ",\"function\":{\"arguments\":";
  }
  append_string(text, delta_);
  delta_ += old_functions_ ? "}" : "}}]";
  chunk(choice, delta_);
}

// Clients parse the arguments of every call: none at all is an empty object.
void Writer::part_end(const llm::StreamEvent& event) {
  const PartState* part = part_of(event);
  if (part == nullptr || part->kind != PartKind::kToolCall || part->any || part->custom) return;
  call_text(*part, event.choice, "{}");
}

void Writer::logprobs(const llm::StreamEvent& event) {
  const bool refusal = event.part_kind == PartKind::kRefusal;
  std::string value = refusal ? "{\"content\":null,\"refusal\":" : "{\"content\":";
  append_one_line(event.text, value);
  value += refusal ? "}" : ",\"refusal\":null}";
  choice_of(event);
  chunk(event.choice, {}, {}, value);
}

void Writer::stop(const llm::StreamEvent& event) {
  Choice& choice = choice_of(event);
  if (std::exchange(choice.stopped, true)) return;
  if (event.stop == llm::StopReason::kStopSequence) note_loss(losses_, "stop_sequence", Weight::kMinor);
  if (event.stop == llm::StopReason::kPause) note_loss(losses_, "a pause", Weight::kReal);
  chunk(event.choice, {}, finish_reason_of(event.stop, choice.refused, old_functions_));
}

void Writer::end() {
  for (std::uint32_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i].begun && !choices_[i].stopped) chunk(i, {}, "stop");
  }
  if (include_usage_ && usage_.known()) {
    out_.append(head_).append("],\"usage\":");
    json::Writer writer(out_);
    write_usage(usage_, writer);
    out_ += "}\n\n";
  }
  out_ += "data: [DONE]\n\n";
  over_ = true;
}

}  // namespace

std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context) {
  return std::make_unique<Writer>(context);
}

}  // namespace pointsman::wire::openai_chat
