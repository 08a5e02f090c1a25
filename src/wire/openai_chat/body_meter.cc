#include "wire/openai_chat/body_meter.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "wire/answer_names.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::wire::openai_chat {
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

void BodyMeter::reset() {
  observed_.clear();
  depth_ = member_depth_ = 0;
  in_string_ = escaped_ = expect_key_ = in_key_ = in_choices_ = complete_ = strange_ = false;
  key_.clear();
  member_ = Member::kOther;
  value_.clear();
}

std::span<const std::string_view> BodyMeter::feed(std::string_view bytes) {
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
std::size_t BodyMeter::string_bytes(std::string_view bytes) {
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

void BodyMeter::outside(char c) {
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
      if (member_ != Member::kOther) return keep(":");
      return colon();
    case ',':
      if (depth_ == member_depth_) end_of_value();
      expect_key_ = depth_ < brackets_.size() && brackets_[depth_] == '{';
      return keep(",");
    default:
      keep({&c, 1});
  }
}

void BodyMeter::open(char bracket) {
  if (depth_ == 0 && bracket != '{') strange_ = true;
  ++depth_;
  if (depth_ < brackets_.size()) brackets_[depth_] = bracket;
  expect_key_ = bracket == '{';
}

void BodyMeter::close() {
  if (depth_ == 0) {
    strange_ = true;
    return;
  }
  --depth_;
  expect_key_ = false;
  if (depth_ == 1) in_choices_ = false;
  if (depth_ == 0) complete_ = true;
}

void BodyMeter::colon() {
  expect_key_ = false;
  if (depth_ == 1) {
    member_ = member_of_key();
    in_choices_ = member_ == Member::kChoices;
    if (in_choices_) member_ = Member::kOther;
  } else if (depth_ == 3 && in_choices_ && brackets_[2] == '[' && brackets_[3] == '{' && key_ == "finish_reason") {
    member_ = Member::kFinishReason;
  }
  key_.clear();
  member_depth_ = member_ == Member::kOther ? 0 : depth_;
  value_.clear();
}

BodyMeter::Member BodyMeter::member_of_key() const {
  if (key_ == "usage") return Member::kUsage;
  if (key_ == "error") return Member::kError;
  if (key_ == "id") return Member::kId;
  if (key_ == "model") return Member::kModel;
  return key_ == "choices" ? Member::kChoices : Member::kOther;
}

void BodyMeter::keep(std::string_view bytes) {
  if (member_ == Member::kOther) return;
  value_ += bytes.substr(0, kMaxMember - std::min(kMaxMember, value_.size()));
}

void BodyMeter::set_text(Member member, const json::RawString& text) {
  if (member == Member::kId) set_name(text, observed_.id);
  if (member == Member::kModel) set_name(text, observed_.model);
  if (member == Member::kFinishReason) add_finish_reason(text, observed_);
}

void BodyMeter::end_of_value() {
  const Member member = std::exchange(member_, Member::kOther);
  member_depth_ = 0;
  if (member == Member::kOther) return;
  if (value_.size() == kMaxMember) {  // not all of it was kept: not read, and not broken for that
    observed_.error = observed_.error || member == Member::kError;
    return;
  }
  if (member == Member::kId || member == Member::kModel || member == Member::kFinishReason) {
    if (const auto plain = plain_string(value_)) return set_text(member, {*plain});
  }
  if (!document_.open(value_)) {
    observed_.malformed = true;
    return;
  }
  json::Cursor cursor = document_.root();
  json::RawString text;
  if (member == Member::kUsage && cursor.peek() == '{') {
    read_usage(cursor, observed_.usage);
  } else if (member == Member::kError) {
    observed_.error = observed_.error || cursor.peek() != 'n';
    cursor.skip();
  } else if (cursor.read_string(text)) {
    set_text(member, text);
  } else {
    cursor.skip();
  }
  if (!cursor.finished()) observed_.malformed = true;
  document_.close();
}

std::span<const std::string_view> BodyMeter::finish() {
  if (!complete_ || strange_) observed_.malformed = true;
  return {};
}

}  // namespace pointsman::wire::openai_chat
