#include "encode/char_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"

namespace pointsman::encode {
namespace {

constexpr char32_t kEnd = 0x110000;

bool is_scalar(char32_t c) {
  return c < 0xD800 || c >= 0xE000;
}

TEST(CharRules, StandAtTheReferencesOldTablesOfCategories) {
  EXPECT_EQ(role_of(U'\u0301'), CharRole::kAccent);
  EXPECT_EQ(role_of(U'\u166D'), CharRole::kPunctuation);  // a symbol since Unicode 12
  EXPECT_EQ(role_of(U'\u1734'), CharRole::kAccent);       // a spacing mark since Unicode 14
  EXPECT_EQ(role_of(U'\u2E43'), CharRole::kWord);         // punctuation, of Unicode 9
  EXPECT_EQ(role_of(U'\u1DF6'), CharRole::kWord);         // an accent, of Unicode 10
  EXPECT_EQ(role_of(U'\u0890'), CharRole::kWord);         // a format character, of Unicode 14
  EXPECT_EQ(role_of(U'$'), CharRole::kPunctuation);       // a symbol for Unicode
  EXPECT_EQ(role_of(U'\u00A3'), CharRole::kWord);         // a symbol too, and not ASCII
}

TEST(CharRules, CleanAwayControlsButNotTheSpacesAmongThem) {
  for (const char32_t c : {U'\t', U'\n', U'\r', U' ', U'\u00A0', U'\u2028', U'\u3000'}) {
    EXPECT_EQ(role_of(c), CharRole::kSpace) << static_cast<std::uint32_t>(c);
    EXPECT_FALSE(is_cleaned_away(c, role_of(c))) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c : {char32_t{0}, U'\v', U'\f', char32_t{0x1C}, char32_t{0x7F}, char32_t{0x85}, U'\u00AD',
                           U'\u200B', U'\u200D', U'\uE000', U'\uFEFF', U'\uFFFD', U'\U000E0041'}) {
    EXPECT_TRUE(is_cleaned_away(c, role_of(c))) << static_cast<std::uint32_t>(c);
  }
}

TEST(CharRules, MakeSmallLettersWithoutContext) {
  EXPECT_EQ(lowercase(U'Σ').chars[0], U'σ');
  EXPECT_EQ(lowercase(U'Ǆ').chars[0], U'ǆ');
  EXPECT_EQ(lowercase(U'ǅ').chars[0], U'ǆ');
  EXPECT_EQ(lowercase(U'ẞ').chars[0], U'ß');
  EXPECT_EQ(lowercase(U'I').chars[0], U'i');
  EXPECT_EQ(lowercase(U'ı').chars[0], U'ı');
  EXPECT_EQ(lowercase(U'\u0130').size, 2U);
  EXPECT_EQ(lowercase(U'\u0130').chars[1], U'\u0307');
  EXPECT_EQ(lowercase(U'\U00010D50').chars[0], U'\U00010D70');  // Garay, of Unicode 16
}

TEST(CharRules, DecomposeToTheEnd) {
  const Chars alpha = decompose(U'\u1F82');
  ASSERT_EQ(alpha.size, 4U);
  EXPECT_EQ(alpha.chars[0], U'α');
  EXPECT_EQ(alpha.chars[3], U'\u0345');
  EXPECT_EQ(decompose(U'각').size, 3U);
  EXPECT_EQ(decompose(U'\uFB01').size, 1U);  // a compatibility decomposition, which is not applied
}

// What the tokenizer relies on when it puts waiting marks into a word as they are.
TEST(CharRules, NoMarkThatIsReorderedIsASpacePunctuationOrCapital) {
  for (char32_t c = 0; c < kEnd; ++c) {
    if (!is_scalar(c) || combining_class(c) == 0) continue;
    const CharRole role = role_of(c);
    EXPECT_TRUE(role == CharRole::kWord || role == CharRole::kAccent) << static_cast<std::uint32_t>(c);
    EXPECT_EQ(lowercase(c).chars[0], c) << static_cast<std::uint32_t>(c);
  }
}

// The lists of exceptions are made for one version of utf8proc. With another, some code point may differ from the
// reference: compare them all by tools/encoder/tokenizer_parity.py, "characters", then extend the lists.
TEST(CharRules, SayOfEveryCodePointWhatWasComparedWithTheReference) {
  std::string all;
  for (char32_t c = 0; c < kEnd; ++c) {
    if (!is_scalar(c)) continue;
    all += static_cast<char>(role_of(c));
    all += static_cast<char>(combining_class(c));
    for (const Chars& chars : {decompose(c), lowercase(c)}) {
      for (std::size_t i = 0; i < chars.size; ++i)
        all += std::to_string(static_cast<std::uint32_t>(chars.chars[i])) + ' ';
    }
  }
  EXPECT_EQ(base::sha256_hex(all), "cb5ca8e0ffaaed16ce2ca9d4447d840c46ababbdc92574d082f2ceff823b9738");
}

}  // namespace
}  // namespace pointsman::encode
