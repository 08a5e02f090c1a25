// The character classes of HTTP/1.1 (RFC 9110 section 5.6, RFC 3986) and the one scan that has to be fast.
//
// Private to the codec: pure, constant tables, no state. Nothing here reads outside [begin, end).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::http {

enum CharacterClass : std::uint8_t {
  kTokenByte = 1,      // tchar of RFC 9110 section 5.6.2
  kPlainNameByte = 2,  // tchar without '_': what a request's field name may hold
  kTargetByte = 4,     // visible ASCII but '#': what an origin-form target may hold
  kHostByte = 8,       // registered names and IPv4 addresses as we accept them: letters, digits, "-._~"
  kControlByte = 16,   // 0-31 but HTAB, and 127: never allowed inside a line
};

namespace detail {
consteval std::array<std::uint8_t, 256> make_character_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool mark = c < 128 && c > 0 && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
    int bits = 0;
    if (alnum || mark) bits |= kTokenByte;
    if ((alnum || mark) && c != '_') bits |= kPlainNameByte;
    if (c > 0x20 && c < 0x7f && c != '#') bits |= kTargetByte;
    if (alnum || c == '-' || c == '.' || c == '_' || c == '~') bits |= kHostByte;
    if ((c < 0x20 && c != '\t') || c == 0x7f) bits |= kControlByte;
    classes[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(bits);
  }
  return classes;
}
}  // namespace detail

inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = detail::make_character_classes();

constexpr bool is_class(char c, unsigned classes) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

// True if `text` is not empty and every byte belongs to one of `classes`.
constexpr bool all_class(std::string_view text, unsigned classes) {
  for (const char c : text) {
    if (!is_class(c, classes)) return false;
  }
  return !text.empty();
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The first control character (see kControlByte) in [p, end), or end.
inline const char* find_control(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - p >= 16; p += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, last_control), v);
    const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(v, tab), low), _mm_cmpeq_epi8(v, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
    if (mask != 0) return p + __builtin_ctz(mask);
  }
#endif
  while (p != end && !is_class(*p, kControlByte)) ++p;
  return p;
}

// Calls on_line_feed(pointer) for each LF in [p, end) in order until it returns true; true if it did. (memchr would pay
// a call per line, and heads have many short lines.)
template <class OnLineFeed>
bool any_line_feed(const char* p, const char* end, OnLineFeed&& on_line_feed) {
#if defined(__SSE2__)
  const __m128i line_feed = _mm_set1_epi8('\n');
  const auto load = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  for (; end - p >= 32; p += 32) {
    const int low = _mm_movemask_epi8(_mm_cmpeq_epi8(load(p), line_feed));
    const int high = _mm_movemask_epi8(_mm_cmpeq_epi8(load(p + 16), line_feed));
    for (unsigned mask = static_cast<unsigned>(low) | static_cast<unsigned>(high) << 16; mask != 0; mask &= mask - 1) {
      if (on_line_feed(p + __builtin_ctz(mask))) return true;
    }
  }
#endif
  for (; p != end; ++p) {
    if (*p == '\n' && on_line_feed(p)) return true;
  }
  return false;
}

// Skips the letters, digits and dashes (all of them token characters) at p: whole names, as a rule.
inline const char* skip_common_name(const char* p, const char* end) {
#if defined(__SSE2__)
  const auto at_most = [](__m128i v, int most) {
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(static_cast<char>(most))), v);
  };
  for (; end - p >= 16; p += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i letters = at_most(_mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a')), 25);
    const __m128i digits = at_most(_mm_sub_epi8(v, _mm_set1_epi8('0')), 9);
    const __m128i common = _mm_or_si128(_mm_or_si128(letters, digits), _mm_cmpeq_epi8(v, _mm_set1_epi8('-')));
    const unsigned other = ~static_cast<unsigned>(_mm_movemask_epi8(common)) & 0xffffU;
    if (other != 0) return p + __builtin_ctz(other);
  }
#endif
  while (p != end && is_class(*p, kPlainNameByte)) ++p;
  return p;
}

}  // namespace pointsman::http
