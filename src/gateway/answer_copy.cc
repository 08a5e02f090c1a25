#include "gateway/answer_copy.h"

#include "gateway/answer_forms.h"

namespace pointsman::gateway {

AnswerCopy::AnswerCopy(llm::Protocol client, bool stream, std::size_t most, json::Document& document)
    : client_(client), most_(most), document_(document), scanner_(most) {
  if (stream) reader_ = make_stream_reader(client, document);
}

void AnswerCopy::take(std::string_view bytes) {
  if (bad_) return;
  if (bytes.size() > most_ - text_.size()) {
    bad_ = true;
    std::string().swap(text_);
    return;
  }
  text_ += bytes;
  if (!reader_) return;
  scanner_.feed(bytes);
  llm::SseEvent event;
  while (!bad_ && scanner_.next(event)) reader_->read(event, *this);
}

std::optional<std::string> AnswerCopy::finish(std::uint32_t choices) {
  if (bad_ || !ended_) return std::nullopt;
  if (reader_) {
    reader_->finish(*this);
    bad_ = bad_ || !reader_->done() || reader_->malformed();
  } else {
    read_whole();
  }
  if (bad_ || stopped_ != choices) return std::nullopt;
  bad_ = true;
  return std::move(text_);
}

void AnswerCopy::take(const llm::StreamEvent& event) {
  if (event.kind == llm::StreamEventKind::kPartBegin) part(event.part_kind);
  if (event.kind == llm::StreamEventKind::kStop) stop(event.stop);
  if (event.kind == llm::StreamEventKind::kError) bad_ = true;
}

void AnswerCopy::read_whole() {
  llm::Answer answer;
  if (!read_whole_answer(client_, text_, document_, answer)) {
    bad_ = true;
    return;
  }
  for (const llm::Choice& choice : answer.choices) {
    for (const llm::Part& one : choice.parts) part(one.kind);
    stop(choice.stop);
  }
}

void AnswerCopy::part(llm::PartKind kind) {
  bad_ = bad_ || (kind != llm::PartKind::kText && kind != llm::PartKind::kReasoning);
}

void AnswerCopy::stop(llm::StopReason reason) {
  if (reason != llm::StopReason::kEnd && reason != llm::StopReason::kStopSequence) bad_ = true;
  ++stopped_;
}

}  // namespace pointsman::gateway
