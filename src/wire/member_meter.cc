#include "wire/member_meter.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::wire {
namespace {

// How many bytes come before the next quote or backslash.
std::size_t plain_prefix(std::string_view bytes) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  for (; i + 16 <= bytes.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + i));
    const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
    if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (i < bytes.size() && bytes[i] != '"' && bytes[i] != '\\') ++i;
  return i;
}

// The content of `text` if that is one string of visible ASCII without escapes, white space around it aside: ids and
// models are, and need no parser.
std::optional<std::string_view> plain_string(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos || text[begin] != '"') return std::nullopt;
  const std::size_t end = text.find_last_not_of(kSpace);
  if (end == begin || text[end] != '"') return std::nullopt;
  const std::string_view content = text.substr(begin + 1, end - begin - 1);
  const bool plain = std::ranges::all_of(content, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  return plain ? std::optional(content) : std::nullopt;
}

}  // namespace

void MemberMeter::reset() {
  observed_.clear();
  depth_ = member_depth_ = 0;
  in_string_ = escaped_ = expect_key_ = in_key_ = complete_ = strange_ = false;
  array_ = {};
  key_.clear();
  member_ = kNone;
  value_.clear();
}

std::span<const std::string_view> MemberMeter::feed(std::string_view bytes) {
  fed_ = bytes;
  while (!bytes.empty()) {
    if (in_string_) {
      bytes.remove_prefix(string_bytes(bytes));
    } else {
      outside(bytes.front());
      bytes.remove_prefix(1);
    }
  }
  return {&fed_, fed_.empty() ? 0U : 1U};
}

// Consumes bytes of the string we are in, its closing quote included; returns how many.
std::size_t MemberMeter::string_bytes(std::string_view bytes) {
  std::size_t size = 0;
  while (size < bytes.size() && in_string_) {
    if (escaped_) {
      escaped_ = false;
      ++size;
      continue;
    }
    size += plain_prefix(bytes.substr(size));
    if (size == bytes.size()) break;
    escaped_ = bytes[size] == '\\';
    in_string_ = escaped_;
    ++size;
  }
  keep(bytes.substr(0, size));
  if (in_key_) {
    const std::size_t text = in_string_ ? size : size - 1;
    key_ += bytes.substr(0, std::min(text, kMaxKey - std::min(kMaxKey, key_.size())));
    in_key_ = in_string_;
  }
  return size;
}

void MemberMeter::outside(char c) {
  if (complete_ && c != ' ' && c != '\t' && c != '\n' && c != '\r') strange_ = true;
  switch (c) {
    case '"':
      in_string_ = true;
      if (depth_ == 0) strange_ = true;
      in_key_ = expect_key_ && (depth_ == 1 || depth_ == 3);
      if (in_key_) key_.clear();
      return keep("\"");
    case '{':
    case '[':
      keep({&c, 1});
      return open(c);
    case '}':
    case ']':
      if (depth_ == member_depth_) end_of_value();
      keep({&c, 1});
      return close();
    case ':':
      if (member_ != kNone) return keep(":");
      return colon();
    case ',':
      if (depth_ == member_depth_) end_of_value();
      expect_key_ = depth_ < brackets_.size() && brackets_[depth_] == '{';
      return keep(",");
    default:
      keep({&c, 1});
  }
}

void MemberMeter::open(char bracket) {
  if (depth_ == 0 && bracket != '{') strange_ = true;
  ++depth_;
  if (depth_ < brackets_.size()) brackets_[depth_] = bracket;
  expect_key_ = bracket == '{';
}

void MemberMeter::close() {
  if (depth_ == 0) {
    strange_ = true;
    return;
  }
  --depth_;
  expect_key_ = false;
  if (depth_ == 1) array_ = {};
  if (depth_ == 0) complete_ = true;
}

void MemberMeter::colon() {
  expect_key_ = false;
  if (depth_ == 1) array_ = array_of_key();
  const bool in_array = depth_ == 3 && !array_.empty() && brackets_[2] == '[' && brackets_[3] == '{';
  member_ = depth_ == 1 || in_array ? member_of_key() : kNone;
  key_.clear();
  member_depth_ = member_ == kNone ? 0 : depth_;
  value_.clear();
}

// The name of the table's array that the key begins, or nothing.
std::string_view MemberMeter::array_of_key() const {
  const auto at = std::ranges::find_if(table_, [this](const Member& one) { return one.array == key_; });
  return at == table_.end() ? std::string_view() : at->array;
}

std::size_t MemberMeter::member_of_key() const {
  const std::string_view array = depth_ == 1 ? std::string_view() : array_;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_[i].name == key_ && table_[i].array == array) return i;
  }
  return kNone;
}

void MemberMeter::keep(std::string_view bytes) {
  if (member_ == kNone) return;
  value_ += bytes.substr(0, kMaxMember - std::min(kMaxMember, value_.size()));
}

void MemberMeter::end_of_value() {
  const std::size_t member = std::exchange(member_, kNone);
  member_depth_ = 0;
  if (member == kNone) return;
  // Not all of it was kept: not read, and not broken for that.
  if (value_.size() == kMaxMember) return take_cut(member);
  if (const auto plain = plain_string(value_)) return take_text(member, {*plain});
  if (!document_.open(value_)) {
    observed_.malformed = true;
    return;
  }
  json::Cursor cursor = document_.root();
  json::RawString text;
  if (cursor.read_string(text)) {
    take_text(member, text);
  } else {
    take_value(member, cursor);
  }
  if (!cursor.finished()) observed_.malformed = true;
  document_.close();
}

std::span<const std::string_view> MemberMeter::finish() {
  if (!complete_ || strange_) observed_.malformed = true;
  return {};
}

}  // namespace pointsman::wire
