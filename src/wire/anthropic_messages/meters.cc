#include "wire/anthropic_messages/meters.h"

#include "wire/answer_names.h"

namespace pointsman::wire::anthropic_messages {
namespace {

enum Index : std::size_t { kUsage, kType, kError, kId, kModel, kStopReason };
constexpr MemberMeter::Member kTable[] = {{"usage"}, {"type"}, {"error"}, {"id"}, {"model"}, {"stop_reason"}};

// Events that carry content only. Those without a name are told by how real payloads begin.
bool is_content(const llm::SseEvent& event) {
  if (!event.name.empty()) return event.name.starts_with("content_block_") || event.name == "ping";
  return event.data.starts_with(R"({"type":"content_block_)");
}

}  // namespace

void StreamMeter::reset() {
  scanner_.reset();
  observed_.clear();
  usage_.clear();
  fed_ = {};
}

std::span<const std::string_view> StreamMeter::feed(std::string_view bytes) {
  fed_ = bytes;
  scanner_.feed(bytes);
  llm::SseEvent event;
  while (scanner_.next(event)) {
    if (!observed_.done && !event.oversize && !is_content(event)) inspect(event);
  }
  return {&fed_, fed_.empty() ? 0U : 1U};
}

void StreamMeter::inspect(const llm::SseEvent& event) {
  if (event.name == "error") observed_.error = true;
  if (event.name == "message_stop") observed_.done = true;
  if (!document_.open(event.data)) {
    observed_.malformed = true;
    return;
  }
  json::Cursor cursor = document_.root();
  read_payload(cursor, event);
  if (!cursor.finished()) observed_.malformed = true;
  document_.close();
  observed_.usage = usage_.total();
}

void StreamMeter::read_payload(json::Cursor& cursor, const llm::SseEvent& event) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString type;
    if (cursor.key_is("type") && cursor.read_string(type)) {
      observed_.error = observed_.error || type.is("error");
      observed_.done = observed_.done || (event.name.empty() && type.is("message_stop"));
    } else if (cursor.key_is("message") && cursor.peek() == '{') {
      read_message(cursor);
    } else if (cursor.key_is("delta") && cursor.peek() == '{') {
      read_message(cursor);
    } else if (cursor.key_is("usage")) {
      usage_.read(cursor);
    } else {
      observed_.error = observed_.error || (cursor.key_is("error") && cursor.peek() != 'n');
      cursor.skip();
    }
  }
}

// Of message_start the message, of message_delta the delta.
void StreamMeter::read_message(json::Cursor& cursor) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString text;
    if (cursor.key_is("id") && cursor.read_string(text)) {
      if (!text.raw.empty()) set_name(text, observed_.id);
    } else if (cursor.key_is("model") && cursor.read_string(text)) {
      if (!text.raw.empty()) set_name(text, observed_.model);
    } else if (cursor.key_is("stop_reason") && cursor.read_string(text)) {
      if (observed_.finish_reasons.empty()) add_finish_reason(text, observed_);
    } else if (cursor.key_is("usage")) {
      usage_.read_start(cursor);
    } else {
      cursor.skip();
    }
  }
}

BodyMeter::BodyMeter(json::Document& document) : MemberMeter(kTable, document) {}

void BodyMeter::reset() {
  MemberMeter::reset();
  usage_.clear();
}

void BodyMeter::take_text(std::size_t index, const json::RawString& text) {
  if (index == kError || (index == kType && text.is("error"))) observed_.error = true;
  if (index == kId) set_name(text, observed_.id);
  if (index == kModel) set_name(text, observed_.model);
  if (index == kStopReason) add_finish_reason(text, observed_);
}

void BodyMeter::take_value(std::size_t index, json::Cursor& value) {
  if (index == kUsage) {
    usage_.read(value);
    observed_.usage = usage_.total();
    return;
  }
  observed_.error = observed_.error || (index == kError && value.peek() != 'n');
  value.skip();
}

void BodyMeter::take_cut(std::size_t index) {
  observed_.error = observed_.error || index == kError;
}

}  // namespace pointsman::wire::anthropic_messages
