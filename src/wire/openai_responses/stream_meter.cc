#include "wire/openai_responses/stream_meter.h"

#include "wire/openai_responses/facts.h"

namespace pointsman::wire::openai_responses {
namespace {

enum class Kind : std::uint8_t { kOther, kBegin, kLast, kError };

template <class Text>
Kind kind_of(Text is) {
  if (is("response.completed") || is("response.incomplete") || is("response.failed")) return Kind::kLast;
  if (is("response.created")) return Kind::kBegin;
  return is("error") ? Kind::kError : Kind::kOther;
}

}  // namespace

void StreamMeter::reset() {
  scanner_.reset();
  observed_.clear();
}

std::span<const std::string_view> StreamMeter::feed(std::string_view bytes) {
  fed_ = bytes;
  scanner_.feed(bytes);
  llm::SseEvent event;
  while (scanner_.next(event)) inspect(event);
  return {&fed_, fed_.empty() ? 0U : 1U};
}

void StreamMeter::inspect(const llm::SseEvent& event) {
  if (event.oversize || event.data == "[DONE]") return;  // which some servers say, out of habit
  const Kind kind = kind_of([&event](std::string_view name) { return event.name == name; });
  if (kind == Kind::kOther && !event.name.empty() && event.name != "message") return;
  observed_.error = observed_.error || kind == Kind::kError;
  read(event.data, kind == Kind::kLast);
}

// `last`: the event's name says so; a stream without names says it in "type".
void StreamMeter::read(std::string_view data, bool last) {
  if (!document_.open(data)) {
    observed_.malformed = true;
    return;
  }
  json::Cursor cursor = document_.root();
  json::Cursor response;
  bool has_response = false;
  Kind kind = last ? Kind::kLast : Kind::kOther;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString type;
    if (cursor.key_is("type") && cursor.read_string(type)) {
      const Kind said = kind_of([&type](std::string_view name) { return type.is(name); });
      if (said != Kind::kOther) kind = said;
      continue;
    }
    if (cursor.key_is("response")) {
      response = cursor;
      has_response = true;
    }
    cursor.skip();
  }
  if (cursor.finished()) {
    if (has_response && kind != Kind::kOther) read_response(response, kind == Kind::kLast, observed_);
    observed_.error = observed_.error || kind == Kind::kError;
    observed_.done = observed_.done || kind == Kind::kLast;
  } else {
    observed_.malformed = true;
  }
  document_.close();
}

}  // namespace pointsman::wire::openai_responses
