// A text as a short alphabet: one small number per character, for models that read characters in order.
//
// Letters without case and diacritics, digits, the common punctuation and the space have a code of their own; all other
// characters share a few, by a hash of their code point. Words stand one space apart, however they were written. Only
// integer arithmetic, any thread. A change of any code must raise kFeatureVersion (features.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/tokens.h"

namespace pointsman::text {

inline constexpr std::size_t kCharCodes = 64;
inline constexpr std::uint8_t kOutside = 0;  // before the first character and after the last
inline constexpr std::uint8_t kSpaceCode = 1;
inline constexpr std::uint8_t kFirstLetterCode = 2;  // 26 letters from here
inline constexpr std::size_t kCodeMargin = 3;        // of kOutside at each end
// Of a longer text the first and the last half of this many characters count.
inline constexpr std::size_t kMaxCodes = 384;

// Replaces the content of `out` by the margin, a space, the characters, a space, the margin.
void char_codes(const Tokens& tokens, std::vector<std::uint8_t>& out);

}  // namespace pointsman::text
