// Single characters of JSON texts: escapes of one letter, and code points to UTF-8 and back.
//
// Constants and pure functions, shared by the readers of whole and of growing texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pointsman::json {

// Stands in for what is no character.
inline constexpr std::uint32_t kReplacement = 0xFFFD;

// What \c stands for, or 0 if that is no escape of one letter.
constexpr char simple_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// The character that begins at `text` (Unicode 15, table 3-7): its length, 0 if it is none, -1 if it is a good
// beginning that lacks bytes.
constexpr int utf8_length(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() > 1) {
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (at(1) < low || at(1) > high) return 0;
  }
  for (std::size_t i = 2; i < length && i < text.size(); ++i) {
    if ((at(i) & 0xC0U) != 0x80) return 0;
  }
  return text.size() < length ? -1 : static_cast<int>(length);
}

// Writes `code`, which is no surrogate and at most U+10FFFF, and returns the number of bytes.
constexpr std::size_t encode_utf8(std::uint32_t code, std::array<char, 4>& out) {
  const auto lead = [code](std::uint32_t mark, unsigned shift) { return static_cast<char>(mark | code >> shift); };
  const auto tail = [code](unsigned shift) { return static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out = {lead(0xC0, 6), tail(0)};
    return 2;
  }
  if (code < 0x10000) {
    out = {lead(0xE0, 12), tail(6), tail(0)};
    return 3;
  }
  out = {lead(0xF0, 18), tail(12), tail(6), tail(0)};
  return 4;
}

}  // namespace pointsman::json
