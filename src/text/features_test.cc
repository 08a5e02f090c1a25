#include "text/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/rng.h"

namespace pointsman::text {
namespace {

std::map<std::uint32_t, std::uint16_t> features_of(const Document& document) {
  FeatureExtractor extractor;
  std::map<std::uint32_t, std::uint16_t> out;
  for (const Feature& feature : extractor.extract(document)) {
    EXPECT_FALSE(out.contains(feature.hash)) << "a feature twice";
    out[feature.hash] = feature.count;
  }
  return out;
}

std::size_t shared(const Document& a, const Document& b, Block block) {
  FeatureExtractor extractor;
  std::vector<std::uint32_t> left;
  for (const Feature& feature : extractor.extract(a)) {
    if (feature.block == block) left.push_back(feature.hash);
  }
  std::size_t count = 0;
  for (const Feature& feature : extractor.extract(b)) count += std::ranges::count(left, feature.hash) > 0 ? 1U : 0U;
  return count;
}

TEST(Features, AreTheSameOnEveryPlatform) {
  // Stored models depend on these numbers: if they change, kFeatureVersion must rise.
  FeatureExtractor extractor;
  const auto features = extractor.extract({"Is 12 even? \xC3\x89t\xC3\xA9 \xE4\xBD\xA0", "before", 2});
  std::uint64_t sum = 0;
  for (const Feature& feature : features) sum = sum * 31 + feature.hash + feature.count;
  EXPECT_EQ(kFeatureVersion, 2U);
  EXPECT_EQ(features.size(), 64U);
  EXPECT_EQ(sum, 11349141210226254050ULL);
}

TEST(Features, DoNotDependOnWhatWasReadBefore) {
  FeatureExtractor reused;
  const std::string large(50'000, 'x');
  (void)reused.extract({large + " many other words here", large, 7});
  const auto again = reused.extract({"reset my password", "", 0});
  std::map<std::uint32_t, std::uint16_t> seen;
  for (const Feature& feature : again) seen[feature.hash] = feature.count;
  EXPECT_EQ(seen, features_of({"reset my password", "", 0}));
}

TEST(Features, SurviveATypoThroughCharacters) {
  EXPECT_GT(shared({"please solve"}, {"plese slove"}, Block::kChars), 8U);
  EXPECT_EQ(shared({"solve"}, {"weather"}, Block::kChars), 0U);
}

TEST(Features, TreatNumbersOfOneLengthAlike) {
  EXPECT_EQ(features_of({"in 3 days"}).size(), features_of({"in 5 days"}).size());
  EXPECT_GT(shared({"in 3 days"}, {"in 5 days"}, Block::kWords), shared({"in 3 days"}, {"in xy days"}, Block::kWords));
}

TEST(Features, KeepContextApartFromText) {
  EXPECT_EQ(shared({"cancel order"}, {"", "cancel order"}, Block::kWords), 0U);
  EXPECT_EQ(shared({"", "cancel order"}, {"", "cancel my order"}, Block::kContext), 2U);
}

TEST(Features, SeeWhetherToolsAreOffered) {
  EXPECT_NE(features_of({"weather", "", 0}), features_of({"weather", "", 3}));
  EXPECT_EQ(features_of({"weather", "", -1}), features_of({"weather", "", 0}));
}

TEST(Features, AreBoundedForAnyText) {
  base::Rng rng(3);
  std::string noise(1 << 20, '\0');
  for (char& c : noise) c = static_cast<char>(rng.below(256));
  FeatureExtractor extractor;
  EXPECT_LE(extractor.extract({noise, noise, 1}).size(), kMaxFeatures);
  EXPECT_GT(extractor.extract({noise, noise, 1}).size(), 100U);
  EXPECT_FALSE(extractor.extract({"", "", 0}).empty()) << "even nothing has a shape";
}

TEST(Features, GrowSublinearlyWithTheCount) {
  EXPECT_FLOAT_EQ(sublinear(1), 1);
  EXPECT_NEAR(sublinear(2), 1.6931F, 1e-4);
  EXPECT_NEAR(sublinear(65535), 1 + 11.09F, 0.01);
  for (std::uint16_t n = 1; n < 5000; ++n) ASSERT_LT(sublinear(n), sublinear(static_cast<std::uint16_t>(n + 1)));
}

}  // namespace
}  // namespace pointsman::text
