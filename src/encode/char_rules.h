// What the tokenizer of BERT does with a single character: removes it, takes it for white space, for punctuation, for
// an accent, or for a part of a word.
//
// Pure, any thread. The classes are those of the reference implementation (the Rust library `tokenizers`): of its
// tables, those of categories stand at Unicode 8, those of decomposition at Unicode 9, those of letter case at
// Unicode 17. What utf8proc 2.8 (Unicode 15) says otherwise is listed in the .cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pointsman::encode {

enum class CharRole : std::uint8_t {
  kWord,
  kSpace,
  kControl,      // taken out where texts are cleaned
  kPunctuation,  // a word of its own
  kAccent,       // a nonspacing mark: taken out where accents are stripped
};
CharRole role_of(char32_t c);

// Whether cleaning takes `c`, whose role is `role`, out of a text. Some of the control characters are white space too:
// of those, tab, line feed and carriage return stay.
constexpr bool is_cleaned_away(char32_t c, CharRole role) {
  return role == CharRole::kControl || c == 0xB || c == 0xC || c == 0x85 || c == 0xFFFD;
}

// The blocks that the original tokenizer sets apart by spaces. (Not all ideographs: they end at Unicode 8.)
bool is_cjk(char32_t c);

struct Chars {
  std::array<char32_t, 4> chars{};
  std::size_t size = 0;
};
// The canonical decomposition, whole: itself for most.
Chars decompose(char32_t c);
// The canonical combining class; 0 for what stays where it is.
std::uint8_t combining_class(char32_t c);
Chars lowercase(char32_t c);

}  // namespace pointsman::encode
