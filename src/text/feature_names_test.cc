#include "text/feature_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"

namespace pointsman::text {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;

// "kind|text" of every feature.
std::vector<std::string> names_of(const Document& document) {
  std::vector<std::string> out;
  for (const NamedFeature& one : name_features(document)) {
    out.push_back(std::string(to_string(one.kind)) + "|" + one.text);
  }
  return out;
}

void expect_same_features(const Document& document) {
  FeatureExtractor extractor;
  const auto plain = extractor.extract(document);
  const auto named = name_features(document);
  ASSERT_EQ(named.size(), plain.size()) << document.text.substr(0, 60);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(named[i].feature.hash, plain[i].hash) << i << " " << named[i].text;
    ASSERT_EQ(named[i].feature.count, plain[i].count) << i << " " << named[i].text;
    ASSERT_EQ(named[i].feature.block, plain[i].block) << i << " " << named[i].text;
  }
}

TEST(FeatureNames, BelongToTheFeaturesOfTheExtractor) {
  for (const std::string_view text :
       {"", "a", "?", "Is 12 even? 3.14 or 123456!", "don't DON'T do", "\xC3\x89t\xC3\xA9 \xE4\xBD\xA0\xE5\xA5\xBD",
        "```cpp\n  int main() {\n}\n```\n- one\n2. two\n(A) three\n", "\xF0\x9F\x98\x80 ok \xF0\x9F\x98\x80",
        "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xFF\xFE\x80 broken", "the the the cat sat on the mat in the hat"}) {
    expect_same_features({text, "", 0});
    expect_same_features({text, text, 3});
  }
  base::Rng rng(3);
  for (int round = 0; round < 60; ++round) {
    std::string noise(rng.below(400), '\0');
    for (char& c : noise) c = static_cast<char>(round % 2 == 0 ? rng.below(256) : ' ' + rng.below(95));
    expect_same_features({noise, noise, static_cast<int>(rng.below(40))});
  }
}

TEST(FeatureNames, StopWhereTheExtractorStops) {
  std::string many;
  base::Rng rng(4);
  while (many.size() < (1U << 20)) many += static_cast<char>(rng.below(7) == 0 ? ' ' : 'a' + rng.below(26));
  expect_same_features({many, many, 0});
}

TEST(FeatureNames, SayWhatAPersonWouldRecognise) {
  const auto names = names_of({"Cancel my order 4711?", "late parcel", 2});
  EXPECT_THAT(names, IsSupersetOf({"word|cancel", "words in a row|cancel my", "words near each other|cancel … order",
                                   "first word|cancel", "last word|4 digits", "opening|cancel my", "number|4 digits",
                                   "letters|_canc", "letters|cel_", "sign|?", "shape|question marks: 1",
                                   "shape|ends with ?", "shape|tools offered: 2", "context|parcel"}));
}

TEST(FeatureNames, TellTheWordThatLettersAreOf) {
  for (const NamedFeature& one : name_features({"refund please", "", 0})) {
    if (one.kind == FeatureKind::kGram && one.text == "efun") {
      EXPECT_EQ(one.word, "refund");
      return;
    }
  }
  FAIL() << "no gram \"efun\"";
}

TEST(FeatureNames, NameTheRangeOfABucket) {
  EXPECT_THAT(names_of({"a b c d e", "", 0}), Contains("shape|words: 4-5"));
  EXPECT_THAT(names_of({"a b c d e f g h i", "", 0}), Contains("shape|words: 8-11"));
}

}  // namespace
}  // namespace pointsman::text
