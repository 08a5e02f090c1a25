#include "encode/json_reader.h"

#include <charconv>

namespace pointsman::encode {

using base::Result;

void append_step(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

JsonReader::Step::Step(std::string& pointer, std::string_view name) : pointer_(pointer), size_(pointer.size()) {
  append_step(pointer, name);
}

Result<void> JsonReader::open(std::string_view text) {
  PM_CHECK(document_.open(text));
  text_ = text;
  cursor_ = document_.root();
  pointer_.clear();
  return {};
}

Result<void> JsonReader::finish() const {
  if (!cursor_.finished()) return base::fail(document_.error());
  return {};
}

std::unexpected<base::Error> JsonReader::refuse(std::string message, std::string_view below) const {
  std::string place = pointer_;
  place += below;
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument, std::move(message)).at(std::move(place)));
}

// A value of another kind, unless the text is broken there, which is the better explanation.
std::unexpected<base::Error> JsonReader::expected(std::string_view what) const {
  json::Cursor probe = cursor_;
  if (!probe.failed()) probe.skip();
  if (probe.failed()) return base::fail(document_.error());
  return refuse("must be " + std::string(what));
}

Result<void> JsonReader::skip() {
  cursor_.skip();
  if (cursor_.failed()) return base::fail(document_.error());
  return {};
}

Result<json::RawString> JsonReader::raw_text() {
  json::RawString raw;
  if (!cursor_.read_string(raw)) return expected("a string");
  return raw;
}

Result<std::string> JsonReader::text() {
  PM_TRY(const json::RawString raw, raw_text());
  std::string out;
  json::unescape(raw.raw, out);
  return out;
}

Result<bool> JsonReader::flag() {
  bool value = false;
  if (!cursor_.read_bool(value)) return expected("true or false");
  return value;
}

Result<std::int64_t> JsonReader::integer() {
  std::int64_t value = 0;
  if (!cursor_.read_integer(value)) return expected("an integer");
  return value;
}

Result<std::size_t> JsonReader::count(std::size_t least, std::size_t most) {
  std::int64_t value = 0;
  if (!cursor_.read_integer(value) || value < 0 || static_cast<std::size_t>(value) < least ||
      static_cast<std::size_t>(value) > most) {
    return refuse("must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<std::size_t>(value);
}

Result<double> JsonReader::number() {
  const char first = cursor_.peek();
  if (first != '-' && (first < '0' || first > '9')) return expected("a number");
  const std::size_t begin = cursor_.offset();
  PM_CHECK(skip());
  const std::string_view digits = text_.substr(begin, cursor_.last_end() - begin);
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || end != digits.data() + digits.size()) return refuse("is a number out of range");
  return value;
}

}  // namespace pointsman::encode
