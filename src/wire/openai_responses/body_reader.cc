#include "wire/openai_responses/body_reader.h"

#include <utility>

namespace pointsman::wire::openai_responses {
namespace {

constexpr std::size_t kMaxName = 64;

}  // namespace

void BodyReader::text(std::string& out, const Path& at) {
  json::RawString value;
  if (cursor_.skip_if_null()) return;
  if (!cursor_.read_string(value)) return refuse("must be a string", at);
  out.clear();
  json::unescape(value.raw, out);
}

void BodyReader::flag(std::optional<bool>& out, const Path& at) {
  bool value = false;
  if (cursor_.skip_if_null()) return;
  if (!cursor_.read_bool(value)) return refuse("must be true or false", at);
  out = value;
}

void BodyReader::integer(std::optional<std::int64_t>& out, const Path& at) {
  std::int64_t value = 0;
  if (cursor_.skip_if_null()) return;
  if (!cursor_.read_integer(value)) return refuse("must be an integer", at);
  out = value;
}

void BodyReader::number(std::optional<std::string>& out, const Path& at) {
  if (cursor_.skip_if_null()) return;
  const char first = cursor_.peek();
  if (first != '-' && (first < '0' || first > '9')) return refuse("must be a number", at);
  out = std::string(raw());
}

void BodyReader::object(std::string& out, const Path& at) {
  if (cursor_.skip_if_null() || !expect('{', "an object", at)) return;
  out = std::string(raw());
}

std::string_view BodyReader::raw() {
  const std::size_t begin = cursor_.offset();
  cursor_.skip();
  return cursor_.failed() ? std::string_view() : body_.substr(begin, cursor_.last_end() - begin);
}

void BodyReader::drop(const Path& at, bool minor) {
  if (cursor_.skip_if_null()) return;
  cursor_.skip();
  lose(at.words(), minor);
}

void BodyReader::drop_filled(const Path& at, bool minor) {
  if (cursor_.skip_if_null()) return;
  const char first = cursor_.peek();
  bool filled = first != '{' && first != '[';
  if (first == '{') {
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      filled = true;
      cursor_.skip();
    }
  } else if (first == '[') {
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      filled = true;
      cursor_.skip();
    }
  } else {
    cursor_.skip();
  }
  if (filled) lose(at.words(), minor);
}

void BodyReader::drop_unless(std::string_view usual, const Path& at, bool minor) {
  json::RawString value;
  if (cursor_.skip_if_null()) return;
  if (cursor_.read_string(value)) {
    if (value.is(usual)) return;
  } else {
    cursor_.skip();
  }
  lose(at.words(), minor);
}

void BodyReader::drop_unknown(const Path& object) {
  const std::string name = short_text(cursor_.key());
  drop(object.member(name), false);
}

bool BodyReader::expect(char first, std::string_view what, const Path& at) {
  if (cursor_.peek() == first) return true;
  refuse("must be " + std::string(what), at);
  return false;
}

void BodyReader::refuse(std::string message, const Path& at, base::ErrorCode code) {
  // A fault of the cursor is no refusal: the text is not JSON, which is told instead.
  if (!error_ && !cursor_.failed()) {
    error_ = base::Error(code, std::move(message), base::Origin::kClient).at(at.pointer());
  }
  cursor_.abandon();
}

std::string short_text(const json::RawString& raw) {
  std::string out;
  json::Unescaper unescaper(raw.raw);
  unescaper.append_to(out, kMaxName);
  out.resize(json::utf8_prefix(out, kMaxName).size());
  return out;
}

Label look_ahead(json::Cursor& cursor) {
  Label label;
  const auto mark = cursor.mark();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("type") && cursor.read_string(label.type)) {
      label.has_type = true;
    } else if (cursor.key_is("role") && cursor.read_string(label.role)) {
      label.has_role = true;
    } else {
      cursor.skip();
    }
  }
  if (!cursor.failed()) cursor.seek(mark);
  return label;
}

}  // namespace pointsman::wire::openai_responses
