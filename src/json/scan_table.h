// The small tables of the incremental scanner: kinds of bytes and the grammar of numbers.
//
// Constants and pure functions; nothing here keeps anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "json/scan_sink.h"

namespace pointsman::json {

constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// Bytes that stand for themselves inside a string and are whole characters.
inline constexpr std::array<bool, 256> kPlainInString = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

constexpr std::string_view spelling(Literal literal) {
  return literal == Literal::kTrue ? "true" : literal == Literal::kFalse ? "false" : "null";
}

// Where in RFC 8259's grammar of numbers the last byte was.
enum class NumberPart : std::uint8_t { kMinus, kZero, kInteger, kDot, kFraction, kE, kSign, kExponent, kEnd, kBad };

// The part that `c` belongs to when it follows `part`; kEnd if the number ends before `c`, kBad if it must not.
constexpr NumberPart next_part(NumberPart part, char c) {
  using enum NumberPart;
  const bool digit = c >= '0' && c <= '9';
  switch (part) {
    case kMinus:
      return c == '0' ? kZero : digit ? kInteger : kBad;
    case kZero:
      if (digit) return kBad;
      [[fallthrough]];
    case kInteger:
      if (digit) return kInteger;
      if (c == '.') return kDot;
      return c == 'e' || c == 'E' ? kE : kEnd;
    case kDot:
      return digit ? kFraction : kBad;
    case kFraction:
      if (digit) return kFraction;
      return c == 'e' || c == 'E' ? kE : kEnd;
    case kE:
      if (c == '+' || c == '-') return kSign;
      [[fallthrough]];
    case kSign:
      return digit ? kExponent : kBad;
    case kExponent:
      return digit ? kExponent : kEnd;
    default:
      return kBad;
  }
}

// Whether a number may end behind `part`.
constexpr bool may_end(NumberPart part) {
  using enum NumberPart;
  return part == kZero || part == kInteger || part == kFraction || part == kExponent;
}

// What is wrong when next_part() says kBad.
constexpr std::string_view number_fault(NumberPart part) {
  using enum NumberPart;
  if (part == kZero) return "a number must not start with 0";
  if (part == kDot) return "expected a digit after '.'";
  if (part == kE || part == kSign) return "expected a digit in the exponent";
  return "expected a digit";
}

}  // namespace pointsman::json
