#include "json/fault.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "json/text.h"

namespace pointsman::json {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// One walk over the text; the first fault stops it.
class Inspector {
 public:
  explicit Inspector(std::string_view text) : text_(text) {}

  std::optional<Fault> run() {
    // Encoding comes first: a byte that is no character makes every later statement about the text meaningless.
    const std::size_t bad = find_invalid_utf8(text_);
    if (document() && bad == std::string_view::npos) return std::nullopt;
    if (bad != std::string_view::npos && (what_.empty() || bad <= at_)) {
      return Fault{"these bytes are not UTF-8", position_of(text_, bad)};
    }
    return Fault{what_, position_of(text_, at_)};
  }

 private:
  bool fault(std::string_view what) {
    what_ = what;
    return false;
  }
  bool fault_at(std::size_t at, std::string_view what) {
    at_ = at;
    return fault(what);
  }
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool next_is(char c) const { return !done() && text_[at_] == c; }
  void space() {
    while (!done() && is_space(text_[at_])) ++at_;
  }

  bool document();
  bool after_value();
  bool open(char bracket);
  bool key();
  bool scalar();
  bool string();
  bool escape();
  bool number();
  bool literal(std::string_view word);

  std::string_view text_;
  std::string_view what_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::array<char, kMaxDepth> open_{};  // '{' or '[' of every container around at_
};

bool Inspector::document() {
  space();
  if (done()) return fault("the document is empty");
  bool complete = false;
  while (!complete) {
    space();
    if (next_is('{') || next_is('[')) {
      if (!open(text_[at_])) return false;
    } else {
      if (!scalar() || !after_value()) return false;
    }
    complete = depth_ == 0;
  }
  space();
  return done() || fault("unexpected text after the document");
}

// Enters a container; leaves at_ before its first value, or behind it (and what follows) if it is empty.
bool Inspector::open(char bracket) {
  if (depth_ == kMaxDepth) return fault("nested deeper than 128 levels");
  open_[static_cast<std::size_t>(depth_++)] = bracket;
  ++at_;
  space();
  if (next_is(bracket == '{' ? '}' : ']')) {
    ++at_;
    --depth_;
    return after_value();
  }
  return bracket == '[' || key();
}

// Behind a value: closes containers and stops before the next value, or at depth 0.
bool Inspector::after_value() {
  while (depth_ > 0) {
    space();
    const char bracket = open_[static_cast<std::size_t>(depth_ - 1)];
    if (next_is(',')) {
      ++at_;
      space();
      if (bracket == '{') return key();
      return !next_is(']') || fault("a value must follow ','");
    }
    if (done()) return fault(bracket == '{' ? "the object is not closed" : "the array is not closed");
    if (!next_is(bracket == '{' ? '}' : ']')) {
      return fault(bracket == '{' ? "expected ',' or '}' after a member" : "expected ',' or ']' after an element");
    }
    ++at_;
    --depth_;
  }
  return true;
}

bool Inspector::key() {
  if (done()) return fault("the object is not closed");
  if (!next_is('"')) return fault("expected a member name in double quotes");
  if (!string()) return false;
  space();
  if (!next_is(':')) return fault("expected ':' after a member name");
  ++at_;
  return true;
}

bool Inspector::scalar() {
  if (done()) return fault("expected a value");
  const char c = peek();
  if (c == '"') return string();
  if (c == '-' || is_digit(c)) return number();
  if (c == 't') return literal("true");
  if (c == 'f') return literal("false");
  if (c == 'n') return literal("null");
  return fault("expected a value");
}

bool Inspector::literal(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return fault("expected a value (true, false or null in lower case?)");
  at_ += word.size();
  return true;
}

bool Inspector::number() {
  if (next_is('-')) ++at_;
  if (!is_digit(peek())) return fault("expected a digit");
  if (next_is('0')) {
    ++at_;
    if (is_digit(peek())) return fault("a number must not start with 0");
  }
  while (is_digit(peek())) ++at_;
  if (next_is('.')) {
    ++at_;
    if (!is_digit(peek())) return fault("expected a digit after '.'");
    while (is_digit(peek())) ++at_;
  }
  if (next_is('e') || next_is('E')) {
    ++at_;
    if (next_is('+') || next_is('-')) ++at_;
    if (!is_digit(peek())) return fault("expected a digit in the exponent");
    while (is_digit(peek())) ++at_;
  }
  return true;
}

bool Inspector::string() {
  const std::size_t quote = at_++;
  while (!done()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return fault("a control character in a string must be escaped");
    if (c == '\\') {
      if (!escape()) return false;
    } else {
      ++at_;
    }
  }
  return fault_at(quote, "the string is not closed");
}

bool Inspector::escape() {
  const std::size_t begin = at_++;
  if (done()) return true;  // reported as an unclosed string
  const char c = text_[at_++];
  if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) return true;
  if (c != 'u') return fault_at(begin, "unknown escape in a string");
  for (int i = 0; i < 4; ++i, ++at_) {
    if (hex_digit(peek()) < 0) return fault_at(begin, "'\\u' must be followed by four hexadecimal digits");
  }
  return true;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  Position at{.offset = std::min(offset, text.size())};
  const std::string_view before = text.substr(0, at.offset);
  at.line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 == 0
  for (const char c : before.substr(line_begin)) at.column += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return at;
}

std::optional<Fault> find_fault(std::string_view text) {
  return Inspector(text).run();
}

base::Error to_error(const Fault& fault) {
  const std::string line = std::to_string(fault.at.line);
  const std::string column = std::to_string(fault.at.column);
  std::string message = "not valid JSON at line " + line + ", column " + column + " (byte " +
                        std::to_string(fault.at.offset) + "): " + std::string(fault.what);
  return base::Error(base::ErrorCode::kParse, std::move(message), base::Origin::kClient).at(line + ":" + column);
}

}  // namespace pointsman::json
