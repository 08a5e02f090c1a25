// What a request's text looks like from outside: how long it is, what it is made of, which script it is written in.
//
// Pure, any thread. Looks at what the tokeniser has counted already and at the first few hundred letters.
#pragma once

#include <cstdint>

#include "text/tokens.h"

namespace pointsman::watch {

enum class Script : std::uint8_t {
  kNone,  // no letters
  kLatin,
  kGreek,
  kCyrillic,
  kRightToLeft,  // Hebrew, Arabic, Syriac, Thaana
  kIndic,        // Devanagari to Malayalam and Sinhala
  kEastAsian,    // Han, kana, hangul, bopomofo
  kOther,
};
inline constexpr std::size_t kScripts = 8;

struct TextTraits {
  std::uint32_t bytes = 0;
  bool code = false;    // fenced, or lines that end as statements do
  bool digits = false;  // a number somewhere
  bool list = false;    // list items or lettered options, at least two
  Script script = Script::kNone;
};

// The script is the one of most letters.
TextTraits traits_of(const text::Tokens& tokens);

}  // namespace pointsman::watch
