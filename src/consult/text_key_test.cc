#include "consult/text_key.h"

#include <gtest/gtest.h>

#include "json/text.h"

namespace pointsman::consult {
namespace {

TEST(TextKey, FoldsCaseSpaceAndForms) {
  EXPECT_EQ(text_key("  Reset\tMY \r\n password "), "reset my password");
  EXPECT_EQ(text_key("R\xC3\xA9sum\xC3\xA9"), "resume");
  EXPECT_EQ(text_key("\xEF\xBC\xA1\xEF\xBC\xA2"), "ab");  // full-width AB
  EXPECT_EQ(text_key(""), "");
}

TEST(TextKey, KeepsApartWhatReadsDifferently) {
  EXPECT_NE(text_key("reset my password"), text_key("reset my passwords"));
  EXPECT_NE(text_key("is it? no"), text_key("is it no"));
}

TEST(TextKey, IsBoundedAndStillTellsLongTextsApart) {
  const std::string head(5000, 'a');
  const std::string one = text_key(head + " one"), two = text_key(head + " two");
  EXPECT_EQ(one.size(), kMaxKeyBytes);
  EXPECT_NE(one, two);
  EXPECT_EQ(one, text_key(head + "   ONE"));
}

TEST(TextKey, IsValidUtf8WhateverComesIn) {
  for (std::size_t limit = 32; limit < 48; ++limit) {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "\xE6\xBC\xA2\xF0\x9F\x98\x80\xFF";
    const std::string key = text_key(text, limit);
    EXPECT_LE(key.size(), limit);
    EXPECT_EQ(json::find_invalid_utf8(key), std::string::npos);
  }
}

TEST(TextKey, HashDependsOnWhateverAnAnswerBelongsTo) {
  const std::vector<int> some = {1, 2}, others = {12};
  const std::uint64_t hash = key_hash("a", "v1", some);
  EXPECT_EQ(hash, key_hash("a", "v1", some));
  EXPECT_NE(hash, key_hash("b", "v1", some));
  EXPECT_NE(hash, key_hash("a", "v2", some));
  EXPECT_NE(hash, key_hash("a", "v1", others));
}

}  // namespace
}  // namespace pointsman::consult
