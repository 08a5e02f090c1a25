#include "gateway/translation.h"

#include <algorithm>

#include "gateway/protocols.h"
#include "wire/anthropic_messages/answer_reader.h"
#include "wire/anthropic_messages/answer_writer.h"
#include "wire/anthropic_messages/error_body.h"
#include "wire/anthropic_messages/error_reader.h"
#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/stream_writer.h"
#include "wire/openai_chat/answer_reader.h"
#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/error_body.h"
#include "wire/openai_chat/error_reader.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"
#include "wire/openai_responses/answer_reader.h"
#include "wire/openai_responses/answer_writer.h"
#include "wire/openai_responses/error_body.h"
#include "wire/openai_responses/error_reader.h"
#include "wire/openai_responses/stream_reader.h"
#include "wire/openai_responses/stream_writer.h"

namespace pointsman::gateway {

using base::Result;
using llm::Protocol;

namespace {

// Anthropic's own status for too much traffic; nobody else knows it.
constexpr int kOverloaded = 529;

void add(std::vector<std::string>& out, const llm::Losses& losses) {
  for (const llm::Loss& one : losses) {
    if (std::ranges::find(out, one.what) == out.end()) out.push_back(one.what);
  }
}

}  // namespace

void Translation::start() {
  if (reader_) return;
  switch (from_) {
    case Protocol::kMessages:
      reader_ = wire::anthropic_messages::make_stream_reader(document_);
      break;
    case Protocol::kResponses:
      reader_ = wire::openai_responses::make_stream_reader(document_);
      break;
    default:
      reader_ = wire::openai_chat::make_stream_reader(document_);
  }
  switch (to_) {
    case Protocol::kMessages:
      writer_ = wire::anthropic_messages::make_stream_writer(context_);
      break;
    case Protocol::kResponses:
      writer_ = wire::openai_responses::make_stream_writer(context_);
      break;
    default:
      writer_ = wire::openai_chat::make_stream_writer(context_);
  }
}

void Translation::drain(std::string& out) {
  out += writer_->out();
  writer_->out().clear();
}

void Translation::feed(std::string_view bytes, std::string& out) {
  start();
  scanner_.feed(bytes);
  llm::SseEvent event;
  while (scanner_.next(event)) {
    if (!event.oversize) reader_->read(event, *writer_);
  }
  drain(out);
}

void Translation::end(std::string& out) {
  start();
  reader_->finish(*writer_);
  drain(out);
}

void Translation::break_off(const base::Error& why, std::string& out) {
  if (!writer_) return write_error_event(to_, why, out);
  const llm::AnswerError error{.message = why.message(), .type = "", .code = std::string(to_string(why.code()))};
  writer_->take({.kind = llm::StreamEventKind::kError, .error = &error});
  drain(out);
}

Result<void> Translation::whole(std::string_view body, std::string& out) {
  llm::Answer answer;
  auto read = [&]() -> Result<llm::Losses> {
    switch (from_) {
      case Protocol::kMessages:
        return wire::anthropic_messages::read_whole_answer(body, document_, answer);
      case Protocol::kResponses:
        return wire::openai_responses::read_whole_answer(body, document_, answer);
      default:
        return wire::openai_chat::read_whole_answer(body, document_, answer);
    }
  }();
  if (!read) {
    return base::fail(base::Error(base::ErrorCode::kParse, "the provider's answer: " + read.error().message(),
                                  base::Origin::kUpstream));
  }
  whole_losses_ = std::move(*read);
  llm::Losses written;
  switch (to_) {
    case Protocol::kMessages:
      written = wire::anthropic_messages::write_whole_answer(answer, context_, out);
      break;
    case Protocol::kResponses:
      written = wire::openai_responses::write_whole_answer(answer, context_, out);
      break;
    default:
      written = wire::openai_chat::write_whole_answer(answer, context_, out);
  }
  std::ranges::move(written, std::back_inserter(whole_losses_));
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

std::vector<std::string> Translation::losses() const {
  std::vector<std::string> out;
  add(out, whole_losses_);
  if (reader_) add(out, reader_->losses());
  if (writer_) add(out, writer_->losses());
  return out;
}

}  // namespace pointsman::gateway
