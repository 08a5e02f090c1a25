#include "watch/drift_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

const std::vector<std::string> kCategories{"small", "large", "\"odd\"\n"};
const std::string kHash(64, 'a');

std::vector<DriftObservation> requests(std::size_t count) {
  base::Rng rng(11);
  std::vector<DriftObservation> out(count);
  for (DriftObservation& one : out) {
    one.traits = {.bytes = static_cast<std::uint32_t>(rng.below(3000)),
                  .code = rng.below(4) == 0,
                  .digits = rng.below(3) == 0,
                  .script = static_cast<Script>(rng.below(kScripts))};
    one.unseen_words = static_cast<float>(rng.uniform());
    one.probability = static_cast<float>(rng.uniform());
    one.outside = static_cast<float>(rng.uniform());
    one.category = static_cast<int>(rng.below(5)) - 1;
  }
  return out;
}

TEST(DriftProfile, CountsEveryRequestOnceInEachGroup) {
  const DriftProfile profile = profile_drift(requests(1000), kCategories, kHash);
  EXPECT_EQ(profile.rows, 1000U);
  for (const auto& counts : profile.counts) {
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0U), 1000U);
  }
  // Guesses run from -1 to 3: none, three categories, and one that has no name.
  for (const std::uint32_t count : profile.counts[static_cast<std::size_t>(DriftGroup::kCategory)]) {
    EXPECT_NEAR(count, 200, 60);
  }
}

TEST(DriftProfile, CutsConfidenceIntoTenths) {
  const DriftProfile profile = profile_drift(requests(1000), kCategories, kHash);
  ASSERT_EQ(profile.confidence_edges.size(), kMaxConfidenceEdges);
  const auto& counts = profile.counts[static_cast<std::size_t>(DriftGroup::kConfidence)];
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(counts[i], 100, 2);
  EXPECT_EQ(counts.back(), 0U);
}

TEST(DriftProfile, MakesNoEmptyTenthsOfEqualConfidence) {
  std::vector<DriftObservation> same = requests(100);
  for (std::size_t i = 0; i < same.size(); ++i) same[i].probability = i < 75 ? 1.0F : 0.5F;
  const DriftProfile profile = profile_drift(same, kCategories, kHash);
  EXPECT_EQ(profile.confidence_edges, std::vector<float>{1});
}

TEST(DriftProfile, HasABinForWhatIsNotKnown) {
  const DriftObservation nothing;
  DriftObservation odd;
  odd.unseen_words = odd.probability = odd.outside = std::nanf("");
  odd.category = -7;
  const DriftProfile profile = profile_drift(requests(500), kCategories, kHash);
  for (const DriftGroup group : {DriftGroup::kWords, DriftGroup::kConfidence, DriftGroup::kScope}) {
    EXPECT_EQ(profile.bin_of(group, nothing), profile.bins(group) - 1);
    EXPECT_EQ(profile.bin_of(group, odd), profile.bins(group) - 1);
    EXPECT_EQ(profile.bin_name(group, profile.bins(group) - 1), "unknown");
  }
  EXPECT_EQ(profile.bin_name(DriftGroup::kCategory, profile.bin_of(DriftGroup::kCategory, odd)), "(no guess)");
}

TEST(DriftProfile, NamesEveryBinDifferently) {
  const DriftProfile profile = profile_drift(requests(500), kCategories, kHash);
  for (std::size_t i = 0; i < kDriftGroups; ++i) {
    const auto group = static_cast<DriftGroup>(i);
    std::set<std::string> names;
    for (std::size_t bin = 0; bin < profile.bins(group); ++bin) names.insert(profile.bin_name(group, bin));
    EXPECT_EQ(names.size(), profile.bins(group)) << to_string(group);
    EXPECT_EQ(profile.bin_name(group, profile.bins(group)), "");
  }
  DriftObservation request;
  request.traits.bytes = 100;
  EXPECT_EQ(profile.bin_name(DriftGroup::kLength, profile.bin_of(DriftGroup::kLength, request)), "65 to 128 bytes");
  request.traits.bytes = 128;
  EXPECT_EQ(profile.bin_name(DriftGroup::kLength, profile.bin_of(DriftGroup::kLength, request)), "65 to 128 bytes");
  request.traits.bytes = 4'000'000'000;
  EXPECT_EQ(profile.bin_name(DriftGroup::kLength, profile.bin_of(DriftGroup::kLength, request)), "32769 bytes or more");
}

TEST(DriftProfile, PutsCategoriesBeyondTheLimitTogether) {
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("category " + std::to_string(i));
  const DriftProfile profile = profile_drift(requests(10), many, kHash);
  EXPECT_EQ(profile.bins(DriftGroup::kCategory), kMaxDriftBins);
  DriftObservation request;
  request.category = 999;
  EXPECT_EQ(profile.bin_name(DriftGroup::kCategory, profile.bin_of(DriftGroup::kCategory, request)),
            "(another category)");
}

TEST(DriftProfile, ReadsWhatItWrote) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{777}}) {
    const DriftProfile profile = profile_drift(requests(count), kCategories, kHash);
    const std::string text = write_drift_profile(profile);
    const auto read = read_drift_profile(text);
    ASSERT_TRUE(read) << read.error().message() << '\n' << text;
    EXPECT_EQ(*read, profile);
    EXPECT_EQ(write_drift_profile(*read), text);
  }
}

TEST(DriftProfile, RefusesFilesThatCannotBe) {
  const std::string good = write_drift_profile(profile_drift(requests(100), kCategories, kHash));
  const std::pair<std::string_view, std::string_view> faults[] = {
      {"drift-1", "drift-9"},
      {"\"rows\": 100", "\"rows\": 101"},
      {"\"rows\": 100", "\"rows\": -1"},
      {"\"small\"", "\"large\""},
      {"\"small\"", "\"\""},
      {"\"scope\": [", "\"scope\": [0,"},
      {"\"confidence_edges\": [", "\"confidence_edges\": [0.999,"},
      {"\"confidence_edges\": [", "\"confidence_edges\": [0,"},
      {"\"words\"", "\"verbs\""},
      {"aaaa", "xyz!"},
  };
  for (const auto& [what, instead] : faults) {
    std::string text = good;
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    const auto read = read_drift_profile(text.replace(at, what.size(), instead));
    ASSERT_FALSE(read) << instead;
    EXPECT_NE(read.error().message().find(':'), std::string::npos) << read.error().message();
  }
}

}  // namespace
}  // namespace pointsman::watch
