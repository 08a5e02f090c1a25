#include "text/char_codes.h"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::text {
namespace {

std::vector<std::uint8_t> codes_of(std::string_view text) {
  Tokens tokens;
  tokenize(text, tokens);
  std::vector<std::uint8_t> out;
  char_codes(tokens, out);
  return out;
}

TEST(CharCodes, HaveMarginsOnBothSidesAndOneSpaceBetweenWords) {
  const auto codes = codes_of("ab  \n c");
  const std::vector<std::uint8_t> expected{kOutside,         kOutside,
                                           kOutside,         kSpaceCode,
                                           kFirstLetterCode, kFirstLetterCode + 1,
                                           kSpaceCode,       kFirstLetterCode + 2,
                                           kSpaceCode,       kOutside,
                                           kOutside,         kOutside};
  EXPECT_EQ(codes, expected);
}

TEST(CharCodes, IgnoreCaseAndDiacritics) {
  EXPECT_EQ(codes_of("Résumé GARÇON"), codes_of("resume garcon"));
}

TEST(CharCodes, StayInTheAlphabetWhateverIsWritten) {
  for (const std::string_view text :
       {"", "\xF0\x9F\x98\x80 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xFF\xFE broken", "\x01\x02"}) {
    for (const std::uint8_t code : codes_of(text)) EXPECT_LT(code, kCharCodes);
  }
}

TEST(CharCodes, KeepTheBeginningAndTheEndOfALongText) {
  const auto codes = codes_of("beginning " + std::string(5000, 'x') + " ending");
  EXPECT_LE(codes.size(), kMaxCodes + 2 * kCodeMargin + 3);
  const auto begin = codes_of("beginning");
  const auto end = codes_of("ending");
  EXPECT_TRUE(std::equal(begin.begin(), begin.end() - kCodeMargin, codes.begin()));
  EXPECT_TRUE(std::equal(end.rbegin(), end.rend() - kCodeMargin, codes.rbegin()));
}

}  // namespace
}  // namespace pointsman::text
