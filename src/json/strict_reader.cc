#include "json/strict_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace pointsman::json {

using base::ErrorCode;
using base::Result;

Result<void> StrictReader::open() {
  PM_CHECK(document_.validate(text_));
  PM_CHECK(document_.open(text_));
  cursor_ = document_.root();
  return {};
}

Result<void> StrictReader::result() const {
  if (error_) return base::fail(*error_);
  return {};
}

void StrictReader::wrong(std::size_t offset, std::string_view what) {
  if (error_) return;
  const Position at = position_of(text_, offset);
  const std::string place = fmt::format("{}:{}", at.line, at.column);
  error_ = base::Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", place, what)).at(place);
  cursor_.abandon();
}

void StrictReader::object(std::string_view what, std::initializer_list<Member> members) {
  const std::size_t begin = cursor_.offset();
  if (failed()) return;
  if (cursor_.peek() != '{') return wrong(begin, fmt::format("expected {}", what));
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const auto at = std::ranges::find_if(members, [&](const Member& one) { return cursor_.key_is(one.name); });
    if (at == members.end()) return wrong(cursor_.offset(), "the member before this is not known");
    const std::uint32_t bit = 1U << (at - members.begin());
    if ((seen & bit) != 0) return wrong(cursor_.offset(), fmt::format("\"{}\" is there twice", at->name));
    seen |= bit;
    at->read();
  }
  if (failed()) return;
  std::uint32_t bit = 1;
  for (const Member& one : members) {
    if (one.required && (seen & bit) == 0) return wrong(begin, fmt::format("\"{}\" is missing", one.name));
    bit <<= 1U;
  }
}

void StrictReader::list(std::string_view what, std::size_t most, const std::function<void()>& read) {
  if (failed()) return;
  if (cursor_.peek() != '[') return wrong(cursor_.offset(), fmt::format("expected {}", what));
  std::size_t count = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    if (count++ == most) return wrong(cursor_.offset(), fmt::format("there are more than {}", most));
    read();
  }
}

std::string StrictReader::text(std::size_t longest) {
  const std::size_t at = cursor_.offset();
  RawString raw;
  std::string out;
  if (!cursor_.read_string(raw)) {
    wrong(at, "expected a string");
    return out;
  }
  unescape(raw.raw, out);
  if (out.size() > longest) wrong(at, fmt::format("has more than {} bytes", longest));
  return out;
}

std::string StrictReader::hash() {
  constexpr std::size_t kDigits = 64;
  const std::size_t at = cursor_.offset();
  std::string out = text(kDigits);
  const bool digits = std::ranges::all_of(out, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (out.size() != kDigits || !digits) wrong(at, "expected 64 hexadecimal digits");
  return out;
}

double StrictReader::number(double low, double high) {
  const std::size_t at = cursor_.offset();
  cursor_.skip();
  if (failed()) return low;
  const std::string_view digits = text_.substr(at, cursor_.last_end() - at);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (whole && value >= low && value <= high) return value;
  wrong(at, fmt::format("expected a number from {} to {}", low, high));
  return low;
}

std::size_t StrictReader::count(std::size_t most) {
  const std::size_t at = cursor_.offset();
  std::int64_t value = 0;
  if (cursor_.read_integer(value) && value >= 0 && static_cast<std::uint64_t>(value) <= most) {
    return static_cast<std::size_t>(value);
  }
  wrong(at, fmt::format("expected a whole number from 0 to {}", most));
  return 0;
}

bool StrictReader::flag() {
  const std::size_t at = cursor_.offset();
  bool value = false;
  if (!cursor_.read_bool(value)) wrong(at, "expected true or false");
  return value;
}

}  // namespace pointsman::json
