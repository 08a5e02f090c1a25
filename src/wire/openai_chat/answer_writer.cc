#include "wire/openai_chat/answer_writer.h"

#include "json/writer.h"
#include "wire/openai_chat/answer_shape.h"
#include "wire/openai_chat/stop_reason.h"
#include "wire/openai_chat/tool_call.h"
#include "wire/openai_chat/usage_member.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Part;
using llm::PartKind;

// What a choice says, sorted by the members of a message.
struct Said {
  std::string text, refusal, thought;
  bool has_text = false;
  bool has_refusal = false;
  bool last_is_summary = false;
  std::vector<const Part*> calls;
};

Said sort_parts(const llm::Choice& choice, LossSet& losses) {
  Said out;
  for (const Part& part : choice.parts) {
    note_part_losses(part, losses);
    const bool after_summary = out.last_is_summary;
    out.last_is_summary = part.kind == PartKind::kReasoning && part.summary;
    if (part.kind == PartKind::kText) {
      out.text += part.text;
      out.has_text = true;
    } else if (part.kind == PartKind::kRefusal) {
      out.refusal += part.text;
      out.has_refusal = true;
    } else if (part.kind == PartKind::kReasoning) {
      // Summaries are paragraphs.
      if (after_summary && part.summary && !part.text.empty()) out.thought += "\n\n";
      out.thought += part.text;
    } else if (part.kind == PartKind::kToolCall) {
      out.calls.push_back(&part);
    }
  }
  return out;
}

class AnswerWriting {
 public:
  AnswerWriting(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out)
      : answer_(answer),
        context_(context),
        id_(completion_id(answer.id, context)),
        old_functions_(wants_old_functions(context.request)),
        writer_(out) {}

  llm::Losses run() {
    writer_.begin_object().member("id", id_).member("object", "chat.completion");
    writer_.member("created", answer_.created != 0 ? answer_.created : context_.created);
    writer_.member("model", answer_.model.empty() ? context_.model : std::string_view(answer_.model));
    writer_.key("choices").begin_array();
    for (std::size_t i = 0; i < answer_.choices.size(); ++i) choice(i);
    writer_.end_array();
    if (answer_.usage.known()) {
      writer_.key("usage");
      write_usage(answer_.usage, writer_);
    }
    writer_.end_object();
    return losses_.take();
  }

 private:
  void choice(std::size_t index) {
    const llm::Choice& choice = answer_.choices[index];
    const Said said = sort_parts(choice, losses_);
    writer_.begin_object().member("index", index).key("message").begin_object().member("role", "assistant");
    writer_.key("content");
    text_or_null(said.has_text || (said.calls.empty() && !said.has_refusal), said.text);
    if (!said.thought.empty()) writer_.member("reasoning_content", said.thought);
    writer_.key("refusal");
    text_or_null(said.has_refusal, said.refusal);
    calls(said.calls, static_cast<std::uint32_t>(index));
    writer_.end_object().key("logprobs");
    writer_.raw(choice.logprobs.empty() ? std::string_view("null") : std::string_view(choice.logprobs));
    writer_.member("finish_reason", finish_reason_of(choice.stop, said.has_refusal, old_functions_));
    writer_.end_object();
    if (!choice.stop_sequence.empty()) note_loss(losses_, "stop_sequence", Weight::kMinor);
    if (choice.stop == llm::StopReason::kPause) note_loss(losses_, "a pause", Weight::kReal);
  }

  void text_or_null(bool there, const std::string& text) {
    if (there) {
      writer_.value(text);
    } else {
      writer_.null();
    }
  }

  void calls(const std::vector<const Part*>& calls, std::uint32_t choice) {
    if (calls.empty()) return;
    if (old_functions_) {
      if (calls.size() > 1) note_loss(losses_, "parallel function calls", Weight::kReal);
      writer_.key("function_call").begin_object().member("name", calls[0]->name);
      writer_.member("arguments", calls[0]->arguments.empty() ? std::string("{}") : calls[0]->arguments).end_object();
      return;
    }
    writer_.key("tool_calls").begin_array();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i]->id.empty()) {
        write_tool_call(*calls[i], writer_);
        continue;
      }
      Part named = *calls[i];
      named.id = call_id(id_, choice, i);
      write_tool_call(named, writer_);
    }
    writer_.end_array();
  }

  const llm::Answer& answer_;
  const llm::AnswerContext& context_;
  const std::string id_;
  const bool old_functions_;
  json::Writer writer_;
  LossSet losses_;
};

}  // namespace

llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out) {
  return AnswerWriting(answer, context, out).run();
}

}  // namespace pointsman::wire::openai_chat
