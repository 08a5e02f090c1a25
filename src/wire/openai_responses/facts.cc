#include "wire/openai_responses/facts.h"

#include <optional>
#include <string_view>

#include "wire/answer_names.h"

namespace pointsman::wire::openai_responses {
namespace {

using Count = std::optional<std::int64_t>;

// A count: anything but a non-negative integer leaves it unknown.
void read_count(json::Cursor& cursor, Count& out) {
  std::int64_t number = 0;
  if (!cursor.read_integer(number)) return cursor.skip();
  if (number >= 0) out = number;
}

void read_details(json::Cursor& cursor, llm::Usage& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("cached_tokens")) {
      read_count(cursor, out.cached_input_tokens);
    } else if (cursor.key_is("cache_write_tokens")) {
      read_count(cursor, out.cache_write_tokens);
    } else if (cursor.key_is("reasoning_tokens")) {
      read_count(cursor, out.reasoning_tokens);
    } else {
      cursor.skip();
    }
  }
}

}  // namespace

void read_usage(json::Cursor& cursor, llm::Usage& out) {
  llm::Usage usage{.tier = out.tier};
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("input_tokens")) {
      read_count(cursor, usage.input_tokens);
    } else if (cursor.key_is("output_tokens")) {
      read_count(cursor, usage.output_tokens);
    } else if (cursor.key_is("input_tokens_details") || cursor.key_is("output_tokens_details")) {
      read_details(cursor, usage);
    } else {
      cursor.skip();
    }
  }
  if (!cursor.failed()) out = usage;
}

bool read_reason(json::Cursor& cursor, json::RawString& out) {
  bool found = false;
  if (cursor.peek() != '{') {
    cursor.skip();
    return false;
  }
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("reason") && cursor.read_string(out)) {
      found = true;
    } else {
      cursor.skip();
    }
  }
  return found && !cursor.failed();
}

void read_response(json::Cursor& cursor, bool finished, llm::Observed& out) {
  if (cursor.peek() != '{') return cursor.skip();
  json::RawString status, reason, name;
  bool has_status = false, has_reason = false;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("id") && cursor.read_string(name)) {
      if (!name.raw.empty()) set_name(name, out.id);
    } else if (cursor.key_is("model") && cursor.read_string(name)) {
      if (!name.raw.empty()) set_name(name, out.model);
    } else if (cursor.key_is("status") && cursor.read_string(status)) {
      has_status = true;
    } else if (cursor.key_is("incomplete_details")) {
      has_reason = read_reason(cursor, reason);
    } else if (cursor.key_is("usage") && cursor.peek() == '{') {
      read_usage(cursor, out.usage);
    } else if (cursor.key_is("service_tier")) {
      read_service_tier(cursor, out.usage);
    } else {
      out.error = out.error || (cursor.key_is("error") && cursor.peek() != 'n');
      cursor.skip();
    }
  }
  if (!finished || cursor.failed() || !(has_status || has_reason)) return;
  add_finish_reason(has_reason ? reason : status, out);
}

}  // namespace pointsman::wire::openai_responses
