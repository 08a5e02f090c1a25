#include <charconv>

#include "json/document.h"

namespace pointsman::json {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 8259, section 6: the grammar of a number, no conversion.
bool is_number(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const auto digits = [&p, end] {
    const char* const begin = p;
    while (p != end && is_digit(*p)) ++p;
    return p - begin;
  };
  if (p != end && *p == '-') ++p;
  const bool zero = p != end && *p == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (p != end && *p == '.') {
    ++p;
    if (digits() == 0) return false;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (digits() == 0) return false;
  }
  return p == end;
}

}  // namespace

std::string_view Cursor::scalar_at(std::uint32_t token) const {
  const std::size_t begin = tokens_[token];
  std::size_t end = tokens_[token + 1];
  while (end > begin && is_space(body_[end - 1])) --end;
  return body_.substr(begin, end - begin);
}

// Only white space stands between a closing quote and the next token, so the string ends where that space begins.
bool Cursor::string_at(std::uint32_t token, RawString& out) {
  if (token == count_) return false;
  const std::string_view quoted = scalar_at(token);
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return false;
  out.raw = quoted.substr(1, quoted.size() - 2);
  out.escapes = classify_escapes(out.raw);
  return out.escapes != Escapes::kInvalid;
}

std::size_t Cursor::last_end() const {
  return token_ == 0 ? 0 : tokens_[token_ - 1] + scalar_at(token_ - 1).size();
}

bool Cursor::enter(char close) {
  if (failed_ || token_ == count_ || depth_ == kMaxDepth) return fault();
  ++token_;
  if (peek() == close) {
    ++token_;
    return false;
  }
  ++depth_;
  return true;
}

bool Cursor::enter_object() {
  if (peek() != '{') return fault();
  return enter('}') && member();
}

bool Cursor::enter_array() {
  if (peek() != '[') return fault();
  return enter(']');
}

bool Cursor::member() {
  if (!string_at(token_, key_) || at(token_ + 1) != ':') return fault();
  token_ += 2;
  return true;
}

bool Cursor::next_member() {
  const char c = peek();
  if (c == ',') {
    ++token_;
    return member();
  }
  if (c != '}') return fault();
  ++token_;
  --depth_;
  return false;
}

bool Cursor::next_element() {
  const char c = peek();
  if (c == ',') {
    ++token_;
    return true;
  }
  if (c != ']') return fault();
  ++token_;
  --depth_;
  return false;
}

bool Cursor::scalar() {
  RawString text;
  if (token_ == count_) return fault();
  const char c = peek();
  bool good = false;
  if (c == '"') {
    good = string_at(token_, text);
  } else if (c == '-' || is_digit(c)) {
    good = is_number(scalar_at(token_));
  } else {
    const std::string_view word = scalar_at(token_);
    good = word == "true" || word == "false" || word == "null";
  }
  if (!good) return fault();
  ++token_;
  return true;
}

// Recursion is bounded: enter() refuses what is deeper than kMaxDepth.
void Cursor::skip() {
  switch (peek()) {
    case '{':
      for (bool more = enter_object(); more; more = next_member()) skip();
      break;
    case '[':
      for (bool more = enter_array(); more; more = next_element()) skip();
      break;
    default:
      scalar();
  }
}

void Cursor::pass() {
  int open = 0;
  do {
    if (token_ == count_) {
      fault();
      return;
    }
    const int c = body_[tokens_[token_++]] | 0x20;  // '[' becomes '{', ']' becomes '}', and nothing else does
    open += static_cast<int>(c == '{') - static_cast<int>(c == '}');
  } while (open > 0);
}

bool Cursor::skip_if_null() {
  if (peek() != 'n') return false;
  scalar();
  return !failed_;
}

bool Cursor::read_string(RawString& out) {
  if (peek() != '"') return false;
  if (!string_at(token_, out)) return fault();
  ++token_;
  return true;
}

bool Cursor::read_bool(bool& out) {
  const char c = peek();
  if ((c != 't' && c != 'f') || !scalar()) return false;
  out = c == 't';
  return true;
}

bool Cursor::read_integer(std::int64_t& out) {
  const char c = peek();
  if (c != '-' && !is_digit(c)) return false;
  const std::string_view text = scalar_at(token_);
  if (!is_number(text)) return fault();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  ++token_;
  return true;
}

}  // namespace pointsman::json
