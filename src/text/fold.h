// Character folding: what two spellings of the same word must share before anything is compared or hashed.
//
// Case folding with compatibility decomposition (full-width letters, ligatures, superscripts become their plain forms)
// and without Latin-style diacritics; Hangul syllables stay whole. Pure, any thread. ASCII takes a table, the rest
// utf8proc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pointsman::text {

enum class CharClass : std::uint8_t {
  kSpace,
  kLetter,  // letters, and the marks that belong to them
  kDigit,
  kIdeograph,  // Han, kana, bopomofo: each is a word of its own
  kPunctuation,
  kSymbol,   // everything else that is visible, emoji included
  kIgnored,  // joiners, variation selectors, stripped diacritics
};

struct FoldedChar {
  char32_t value = 0;
  CharClass kind = CharClass::kSpace;
};

// At most 18 code points come out of one (U+FDFA).
struct Folded {
  std::array<FoldedChar, 18> chars{};
  std::size_t size = 0;
};

namespace detail {
constexpr FoldedChar fold_ascii_slow(unsigned c) {
  if (c >= 'A' && c <= 'Z') return {c + 32, CharClass::kLetter};
  if (c >= 'a' && c <= 'z') return {c, CharClass::kLetter};
  if (c >= '0' && c <= '9') return {c, CharClass::kDigit};
  if (c <= ' ' || c == 0x7F) return {' ', CharClass::kSpace};
  switch (c) {
    case '$':
    case '+':
    case '<':
    case '=':
    case '>':
    case '^':
    case '`':
    case '|':
    case '~':
      return {c, CharClass::kSymbol};
    default:
      return {c, CharClass::kPunctuation};
  }
}
constexpr std::array<FoldedChar, 128> make_ascii_table() {
  std::array<FoldedChar, 128> table{};
  for (unsigned c = 0; c < 128; ++c) table[c] = fold_ascii_slow(c);
  return table;
}
inline constexpr std::array<FoldedChar, 128> kAsciiFold = make_ascii_table();
}  // namespace detail

// `c` must be below 128.
inline FoldedChar fold_ascii(char32_t c) {
  return detail::kAsciiFold[c];
}

Folded fold(char32_t c);

}  // namespace pointsman::text
