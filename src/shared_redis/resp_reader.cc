#include "shared_redis/resp_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using base::Result;
using Kind = RespValue::Kind;

constexpr std::string_view kEndOfLine = "\r\n";
constexpr std::size_t kVerbatimMark = 4;  // "txt:" before the text itself

std::unexpected<base::Error> corrupt(std::string_view what) {
  return base::fail(ErrorCode::kCorrupt, "Redis: not a reply: " + std::string(what), base::Origin::kUpstream);
}
std::unexpected<base::Error> too_large(std::string_view what) {
  return base::fail(ErrorCode::kTooLarge, "Redis: a reply with " + std::string(what), base::Origin::kUpstream);
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t value = 0;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

RespValue text_of(Kind kind, std::string_view text) {
  RespValue value;
  value.kind = kind;
  value.text = text;
  return value;
}

RespValue integer_of(std::int64_t number) {
  RespValue value;
  value.kind = Kind::kInteger;
  value.integer = number;
  return value;
}

}  // namespace

Result<std::size_t> RespReader::read(std::string_view bytes) {
  std::size_t taken = 0;
  while (!complete_ && taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    auto some = expect_ == Expect::kLine    ? read_line(rest)
                : expect_ == Expect::kBytes ? read_bytes(rest)
                                            : read_end(rest);
    if (!some) return some;
    taken += *some;
  }
  return taken;
}

RespValue RespReader::take() {
  complete_ = false;
  spent_ = 0;
  return std::exchange(done_, {});
}

Result<std::size_t> RespReader::read_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t take = end == std::string_view::npos ? bytes.size() : end + 1;
  if (line_.size() + take > limits_.line) return too_large("a line too long");
  line_.append(bytes.substr(0, take));
  if (end == std::string_view::npos) return take;
  const std::string line = std::exchange(line_, {});
  if (!line.ends_with(kEndOfLine) || line.size() <= kEndOfLine.size()) return corrupt("a line without its end");
  const std::string_view content = std::string_view(line).substr(0, line.size() - kEndOfLine.size());
  if (content.find('\r') != std::string_view::npos) return corrupt("a line in a line");
  PM_CHECK(take_line(content));
  return take;
}

Result<std::size_t> RespReader::read_bytes(std::string_view bytes) {
  const std::size_t take = std::min(missing_, bytes.size());
  PM_CHECK(spend(take));
  string_.text.append(bytes.substr(0, take));
  missing_ -= take;
  if (missing_ == 0) {
    expect_ = Expect::kEndOfBytes;
    missing_ = kEndOfLine.size();
  }
  return take;
}

Result<std::size_t> RespReader::read_end(std::string_view bytes) {
  const std::size_t take = std::min(missing_, bytes.size());
  if (bytes.substr(0, take) != kEndOfLine.substr(kEndOfLine.size() - missing_, take)) return corrupt("no end");
  missing_ -= take;
  if (missing_ != 0) return take;
  expect_ = Expect::kLine;
  RespValue value = std::exchange(string_, {});
  if (std::exchange(verbatim_, false)) {
    if (value.text.size() < kVerbatimMark || value.text[kVerbatimMark - 1] != ':') return corrupt("a verbatim text");
    value.text.erase(0, kVerbatimMark);
  }
  finish(std::move(value));
  return take;
}

Result<void> RespReader::take_line(std::string_view line) {
  const std::string_view rest = line.substr(1);
  PM_CHECK(spend(sizeof(RespValue) + rest.size()));
  switch (line.front()) {
    case '+':
    case ',':
    case '(':
      finish(text_of(Kind::kText, rest));
      return {};
    case '-':
      finish(text_of(Kind::kError, rest));
      return {};
    case ':': {
      const auto number = number_of(rest);
      if (!number) return corrupt("an integer");
      finish(integer_of(*number));
      return {};
    }
    case '#':
      if (rest != "t" && rest != "f") return corrupt("a truth value");
      finish(integer_of(rest == "t" ? 1 : 0));
      return {};
    case '_':
      if (!rest.empty()) return corrupt("a null");
      finish({});
      return {};
    case '$':
    case '=':
    case '!': {
      string_.kind = line.front() == '!' ? Kind::kError : Kind::kText;
      return begin_string(rest, line.front() == '=');
    }
    case '*':
    case '~':
      return begin_list(Kind::kList, rest, 1, false);
    case '%':
      return begin_list(Kind::kList, rest, 2, false);
    case '>':
      return begin_list(Kind::kPush, rest, 1, false);
    case '|':
      return begin_list(Kind::kList, rest, 2, true);
    default:
      return corrupt("an unknown type");
  }
}

Result<void> RespReader::begin_string(std::string_view length, bool verbatim) {
  const auto size = number_of(length);
  if (!size || *size < -1) return corrupt("a length");
  if (*size == -1) {
    string_ = {};
    finish({});
    return {};
  }
  if (static_cast<std::uint64_t>(*size) > limits_.string) return too_large("a string too long");
  verbatim_ = verbatim;
  missing_ = static_cast<std::size_t>(*size);
  expect_ = Expect::kBytes;
  if (missing_ == 0) {
    expect_ = Expect::kEndOfBytes;
    missing_ = kEndOfLine.size();
  }
  return {};
}

Result<void> RespReader::begin_list(Kind kind, std::string_view length, std::size_t items_each, bool attribute) {
  const auto count = number_of(length);
  if (!count || *count < -1) return corrupt("a count");
  if (*count == -1) {
    finish({});
    return {};
  }
  if (open_.size() >= limits_.depth) return too_large("lists too deep");
  if (static_cast<std::uint64_t>(*count) > limits_.memory / sizeof(RespValue) / items_each) {
    return too_large("too many items");
  }
  Open list;
  list.value.kind = kind;
  list.missing = static_cast<std::size_t>(*count) * items_each;
  list.attribute = attribute;
  if (list.missing > 0) {
    open_.push_back(std::move(list));
  } else if (!attribute) {
    finish(std::move(list.value));
  }
  return {};
}

Result<void> RespReader::spend(std::size_t bytes) {
  spent_ += bytes;
  if (spent_ > limits_.memory) return too_large("too much in it");
  return {};
}

void RespReader::finish(RespValue value) {
  while (!open_.empty()) {
    Open& list = open_.back();
    list.value.items.push_back(std::move(value));
    if (--list.missing > 0) return;
    const bool attribute = list.attribute;
    value = std::move(list.value);
    open_.pop_back();
    if (attribute) return;
  }
  done_ = std::move(value);
  complete_ = true;
}

}  // namespace pointsman::shared_redis
