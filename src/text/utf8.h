// Reading UTF-8 that may be broken, one code point at a time. Pure functions, any thread.
//
// Every ill-formed maximal subpart reads as one U+FFFD (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal
// Subparts"; the WHATWG decoder does the same), so any bytes give a sequence and no byte is read twice.
#pragma once

#include <cstddef>
#include <string_view>

namespace pointsman::text {

inline constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes it took; 0 only for empty input
};

CodePoint read_code_point(std::string_view bytes);

// The largest n <= limit such that cutting `bytes` after n bytes splits no well-formed code point.
std::size_t floor_boundary(std::string_view bytes, std::size_t limit);
// The smallest n >= from at which no continuation byte of a code point begun before `from` remains.
std::size_t ceil_boundary(std::string_view bytes, std::size_t from);

}  // namespace pointsman::text
