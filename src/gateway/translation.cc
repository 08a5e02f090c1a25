#include "gateway/translation.h"

#include <algorithm>

#include "gateway/answer_forms.h"
#include "gateway/protocols.h"
#include "wire/anthropic_messages/error_body.h"
#include "wire/anthropic_messages/error_reader.h"
#include "wire/openai_chat/error_body.h"
#include "wire/openai_chat/error_reader.h"
#include "wire/openai_responses/error_body.h"
#include "wire/openai_responses/error_reader.h"

namespace pointsman::gateway {

using base::Result;
using llm::Protocol;

namespace {

// Anthropic's own status for too much traffic; nobody else knows it.
constexpr int kOverloaded = 529;

void add(llm::Losses& out, const llm::Losses& losses) {
  for (const llm::Loss& one : losses) {
    if (std::ranges::find(out, one.what, &llm::Loss::what) == out.end()) out.push_back(one);
  }
}

}  // namespace

base::Error broken_off() {
  return {base::ErrorCode::kReset, "The model's provider broke off in the middle of its answer.",
          base::Origin::kUpstream};
}

void Translation::start() {
  if (reader_) return;
  reader_ = make_stream_reader(from_, document_);
  writer_ = make_stream_writer(to_, context_);
  events_.to = writer_.get();
}

void Translation::drain(std::string& out) {
  out += writer_->out();
  writer_->out().clear();
}

void Translation::feed(std::string_view bytes, std::string& out) {
  start();
  scanner_.feed(bytes);
  llm::SseEvent event;
  while (!unreadable_ && scanner_.next(event)) {
    reader_->read(event, events_);
    if (reader_->malformed() && !malformed_) note_malformed(event.data);
  }
  drain(out);
}

// Some servers say things that are no JSON at all, now and then, and mean nothing by it.
void Translation::note_malformed(std::string_view data) {
  malformed_ = true;
  unreadable_ = !events_.ended && data.starts_with('{');
  whole_losses_.push_back({.what = "an event that is no JSON", .minor = false});
}

void Translation::take_back() {
  if (!events_.ended || end_sent_) return;
  add(whole_losses_, writer_->losses());
  events_.ended = false;
  events_.to = nullptr;
  writer_.reset();  // it has said its last word
}

void Translation::end(std::string& out) {
  start();
  reader_->finish(events_);
  drain(out);
  if (!events_.ended) break_off(broken_off(), out);
}

void Translation::break_off(const base::Error& why, std::string& out) {
  if (events_.ended) return;
  if (!writer_) return write_error_event(to_, why, out);
  const llm::AnswerError error{.message = why.message(), .type = "", .code = std::string(to_string(why.code()))};
  events_.take({.kind = llm::StreamEventKind::kError, .error = &error});
  drain(out);
}

Result<void> Translation::whole(std::string_view body, std::string& out) {
  llm::Answer answer;
  auto read = read_whole_answer(from_, body, document_, answer);
  if (!read) {
    return base::fail(base::Error(base::ErrorCode::kParse, "the provider's answer: " + read.error().message(),
                                  base::Origin::kUpstream));
  }
  whole_losses_ = std::move(*read);
  std::ranges::move(write_whole_answer(to_, answer, context_, out), std::back_inserter(whole_losses_));
  return {};
}

int Translation::error(std::string_view body, int status, std::string& out) {
  llm::AnswerError error;
  switch (from_) {
    case Protocol::kMessages:
      error = wire::anthropic_messages::read_error(body, document_);
      break;
    case Protocol::kResponses:
      error = wire::openai_responses::read_error(body, document_);
      break;
    default:
      error = wire::openai_chat::read_error(body, document_);
  }
  const int shown = status == kOverloaded && to_ != Protocol::kMessages ? 503 : status;
  switch (to_) {
    case Protocol::kMessages:
      wire::anthropic_messages::write_provider_error(error, shown, out);
      break;
    case Protocol::kResponses:
      wire::openai_responses::write_provider_error(error, shown, out);
      break;
    default:
      wire::openai_chat::write_provider_error(error, shown, out);
  }
  return shown;
}

llm::Losses Translation::losses() const {
  llm::Losses out;
  add(out, whole_losses_);
  if (reader_) add(out, reader_->losses());
  if (writer_) add(out, writer_->losses());
  return out;
}

}  // namespace pointsman::gateway
