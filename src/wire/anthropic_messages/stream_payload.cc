#include "wire/anthropic_messages/stream_payload.h"

#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {
namespace {

// A string member: true if it was one, then it is consumed.
bool take(json::Cursor& cursor, std::string_view name, std::string& out) {
  json::RawString raw;
  if (!cursor.key_is(name) || !cursor.read_string(raw)) return false;
  out.clear();
  json::unescape(raw.raw, out);
  return true;
}

// Names are compared and reported, never kept whole.
bool take_name(json::Cursor& cursor, std::string_view name, std::string& out) {
  json::RawString raw;
  if (!cursor.key_is(name) || !cursor.read_string(raw)) return false;
  out.clear();
  json::Unescaper(raw.raw).append_to(out, LossSet::kLongest);
  return true;
}

std::string_view raw_value(std::string_view payload, json::Cursor& cursor) {
  const std::size_t begin = cursor.offset();
  cursor.skip();
  return cursor.failed() ? std::string_view() : payload.substr(begin, cursor.last_end() - begin);
}

bool is_empty_object(std::string_view value) {
  return value.size() < 2 || value.find_first_not_of(" \t\r\n", 1) == value.size() - 1;
}

}  // namespace

void StreamPayload::clear() {
  for (std::string* one : {&type, &kind, &id, &name, &model, &text, &signature, &data, &input, &stop_reason,
                           &stop_sequence, &error.message, &error.type, &error.code}) {
    one->clear();
  }
  index = 0;
  citations = stop_details = has_usage = has_error = false;
}

bool StreamPayload::read(std::string_view payload, json::Document& document, UsageReport& usage) {
  clear();
  if (!document.open(payload)) return false;
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) read_member(payload, cursor, usage);
  const bool whole = cursor.finished();
  document.close();
  return whole;
}

void StreamPayload::read_member(std::string_view payload, json::Cursor& cursor, UsageReport& usage) {
  const char first = cursor.peek();
  const bool content = cursor.key_is("message") || cursor.key_is("content_block") || cursor.key_is("delta");
  if (first == '{' && content) return read_content(payload, cursor, usage);
  if (first == '{' && cursor.key_is("usage")) {
    has_usage = true;
    return usage.read(cursor);
  }
  if (first != 'n' && cursor.key_is("error")) {
    has_error = true;
    return read_error(cursor);
  }
  if (cursor.key_is("index") && cursor.read_integer(index)) return;
  if (!take_name(cursor, "type", type)) cursor.skip();
}

void StreamPayload::read_content(std::string_view payload, json::Cursor& cursor, UsageReport& usage) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    const bool taken = take_name(cursor, "type", kind) || take(cursor, "id", id) || take(cursor, "name", name) ||
                       take(cursor, "model", model) || take(cursor, "text", text) || take(cursor, "thinking", text) ||
                       take(cursor, "partial_json", text) || take(cursor, "signature", signature) ||
                       take(cursor, "data", data) || take_name(cursor, "stop_reason", stop_reason) ||
                       take(cursor, "stop_sequence", stop_sequence);
    if (taken) continue;
    if (cursor.peek() == '{' && cursor.key_is("input")) {
      input = raw_value(payload, cursor);
      if (is_empty_object(input)) input.clear();
    } else if (cursor.peek() == '{' && cursor.key_is("usage")) {
      has_usage = true;
      usage.read_start(cursor);
    } else if (cursor.key_is("citation") || cursor.key_is("citations")) {
      const std::string_view value = raw_value(payload, cursor);
      citations = citations || (value != "null" && value != "[]");
    } else {
      stop_details = stop_details || (cursor.key_is("stop_details") && cursor.peek() != 'n');
      cursor.skip();
    }
  }
}

void StreamPayload::read_error(json::Cursor& cursor) {
  json::RawString raw;
  if (cursor.read_string(raw)) return json::unescape(raw.raw, error.message);
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (!take(cursor, "message", error.message) && !take_name(cursor, "type", error.type) &&
        !take_name(cursor, "code", error.code)) {
      cursor.skip();
    }
  }
}

}  // namespace pointsman::wire::anthropic_messages
