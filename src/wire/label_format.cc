#include "wire/label_format.h"

#include <algorithm>

#include "json/text.h"
#include "json/writer.h"

namespace pointsman::wire {
namespace {

// A string, or a number as it is spelt; anything else is passed over.
void read_name(json::Cursor& cursor, std::string_view body, std::string& out) {
  out.clear();
  json::RawString text;
  if (cursor.read_string(text)) {
    append_text(text, kMaxProviderText, out);
    return;
  }
  const char first = cursor.peek();
  const std::size_t begin = cursor.offset();
  cursor.skip();
  const bool number = first == '-' || (first >= '0' && first <= '9');
  if (number && !cursor.failed()) out = body.substr(begin, std::min<std::size_t>(cursor.last_end() - begin, 32));
}

bool read_error_member(json::Cursor& cursor, std::string_view body, ProviderError& out) {
  if (cursor.key_is("message")) {
    read_name(cursor, body, out.message);
  } else if (cursor.key_is("type")) {
    read_name(cursor, body, out.type);
  } else if (cursor.key_is("code")) {
    read_name(cursor, body, out.code);
  } else if (cursor.key_is("param")) {
    read_name(cursor, body, out.param);
  } else {
    return false;
  }
  return true;
}

void read_error_object(json::Cursor& cursor, std::string_view body, ProviderError& out) {
  out = {};
  out.present = true;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (!read_error_member(cursor, body, out)) cursor.skip();
  }
}

// Only what a name is made of, so that a log line stays one line.
std::string printable(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 64)) out += c > ' ' && c < '\x7F' ? c : '_';
  return out;
}

}  // namespace

std::string label_schema(const llm::LabelQuestion& question) {
  std::string out;
  {
    json::Writer writer(out);
    writer.begin_object().member("type", "object").key("properties").begin_object();
    writer.key("category").begin_object().member("type", "string").key("enum").begin_array();
    for (const std::string& label : question.labels) writer.value(label);
    writer.end_array().end_object();
    if (question.confidence) writer.key("confidence").begin_object().member("type", "number").end_object();
    writer.end_object().key("required").begin_array().value("category");
    if (question.confidence) writer.value("confidence");
    writer.end_array().member("additionalProperties", false).end_object();
  }
  return out;
}

std::string label_turn(const llm::LabelQuestion& question, std::string_view label) {
  if (question.structure != llm::LabelStructure::kJsonSchema) return std::string(label);
  std::string out;
  json::Writer(out).begin_object().member("category", label).end_object();
  return out;
}

bool append_text(const json::RawString& raw, std::size_t limit, std::string& out) {
  if (out.size() > limit) return false;
  json::Unescaper unescaper(raw.raw);
  while (!unescaper.done() && out.size() <= limit) unescaper.append_to(out, limit - out.size() + 1);
  if (out.size() <= limit) return true;
  out.resize(json::utf8_prefix(out, limit).size());
  return false;
}

ProviderError read_provider_error(std::string_view body, json::Document& document) {
  ProviderError nested, flat;
  if (!document.open(body)) return {};
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString text;
    if (cursor.key_is("error") && cursor.peek() == '{') {
      read_error_object(cursor, body, nested);
    } else if (cursor.key_is("error") && cursor.read_string(text)) {
      nested = {};
      nested.present = true;
      append_text(text, kMaxProviderText, nested.message);
    } else if (cursor.key_is("object") && cursor.read_string(text)) {
      flat.present = text.is("error");
    } else if (!read_error_member(cursor, body, flat)) {
      cursor.skip();
    }
  }
  const bool whole = cursor.finished();
  document.close();
  if (!whole) return {};
  if (nested.present) return nested;
  return flat.present ? flat : ProviderError{};
}

base::Error label_error(int status, const ProviderError& said) {
  std::string message = "the provider of the small model answered " + std::to_string(status);
  for (const std::string* name : {&said.type, &said.code, &said.param}) {
    if (!name->empty()) message += " " + printable(*name);
  }
  auto code = base::ErrorCode::kUpstreamStatus;
  if (status == 429) code = base::ErrorCode::kRateLimited;
  if (status == 401 || status == 403) code = base::ErrorCode::kUnauthorized;
  const bool refused = status >= 400 && status < 500 && status != 408 && status != 429;
  const base::Retry retry = refused ? base::Retry::kNo : base::Retry::kOtherTarget;
  return base::Error(code, std::move(message), base::Origin::kUpstream, retry).with_status(status);
}

}  // namespace pointsman::wire
