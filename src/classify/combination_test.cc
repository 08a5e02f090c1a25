#include "classify/combination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace pointsman::classify {
namespace {

using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Pointwise;

Opinion says(std::vector<float> probabilities, OpinionSource source = OpinionSource::kLogprobs) {
  return {.outcome = OpinionOutcome::kUsed,
          .source = source,
          .probabilities = std::move(probabilities),
          .none_offered = true};
}

Combination knows(const PoolWeights& weights, OpinionSource source = OpinionSource::kLogprobs) {
  Combination combination;
  combination.set(source, weights);
  return combination;
}

TEST(Combination, IsTheClassifierWhenTheModelCountsForNothing) {
  const std::vector<float> local{0.5F, 0.3F, 0.1F};
  const auto combined = knows({.local = 1, .model = 0}).combine(local, says({0.9F, 0.05F, 0.05F}));
  EXPECT_THAT(combined, Pointwise(FloatNear(1e-4F), local));
}

TEST(Combination, IsTheModelWhenTheClassifierCountsForNothing) {
  const std::vector<float> model{0.7F, 0.2F, 0.05F};
  const auto combined = knows({.local = 0, .model = 1}).combine(std::vector<float>{0.1F, 0.8F, 0.05F}, says(model));
  EXPECT_THAT(combined, Pointwise(FloatNear(1e-4F), model));
}

TEST(Combination, IsSurerWhenBothSayTheSameAndInDoubtWhenTheyDisagree) {
  const std::vector<float> local{0.6F, 0.3F, 0.1F};
  const Combination both = knows({});
  const auto agreed = both.combine(local, says({0.7F, 0.2F, 0.1F}));
  EXPECT_GT(agreed[0], 0.7F);
  const auto split = both.combine(local, says({0.2F, 0.7F, 0.1F}));
  EXPECT_LT(split[0], 0.6F);
  EXPECT_LT(split[1], 0.7F);
}

TEST(Combination, NeverTakesAZeroForProof) {
  const auto combined = knows({.floor = 0.01F}).combine(std::vector<float>{0.999F, 0.001F}, says({0, 1}));
  EXPECT_GT(combined[0], 0.5F);
}

TEST(Combination, DoesNotLetTheClassifierSpeakAgainstWhatItNeverLearnt) {
  const std::vector<float> local{0.3F, 0.2F, 0.0F};  // the third category came later
  EXPECT_GT(knows({}).combine(local, says({0.02F, 0.02F, 0.96F}))[2], 0.8F);
}

TEST(Combination, KeepsTheProbabilityOfNoneOfTheCategories) {
  const auto combined = knows({}).combine(std::vector<float>{0.1F, 0.1F}, says({0.1F, 0.1F}));
  EXPECT_LT(std::accumulate(combined.begin(), combined.end(), 0.0F), 0.1F);
}

TEST(Combination, LeavesNoneOfTheCategoriesToTheClassifierIfTheModelCouldNotSayIt) {
  Opinion opinion = says({0.9F, 0.1F});
  opinion.none_offered = false;
  const auto combined = knows({}).combine(std::vector<float>{0.2F, 0.2F}, opinion);
  EXPECT_NEAR(std::accumulate(combined.begin(), combined.end(), 0.0F), 0.4F, 1e-4F);
  EXPECT_NEAR(combined[0], 0.36F, 1e-3F);
}

TEST(Combination, WithStrayMassIsNeverCertain) {
  const auto combined = knows({.local = 2, .model = 2, .stray = 0.05F}).combine(std::vector<float>{1, 0}, says({1, 0}));
  EXPECT_NEAR(combined[0], 0.95F + 0.05F / 3, 1e-3F);
}

TEST(Combination, WorksWithoutAClassifier) {
  const std::vector<float> model{0.7F, 0.3F};
  EXPECT_THAT(knows({}).combine({}, says(model)), Pointwise(FloatNear(2e-3F), model));
}

TEST(Combination, SaysNothingOfASourceThatWasNeverMeasured) {
  EXPECT_THAT(knows({}).combine(std::vector<float>{1, 0}, says({1, 0}, OpinionSource::kStated)), IsEmpty());
}

TEST(Combination, SaysNothingOfAnAnswerThatDidNotCome) {
  Opinion late = says({1, 0});
  late.outcome = OpinionOutcome::kLate;
  EXPECT_THAT(knows({}).combine(std::vector<float>{1, 0}, late), IsEmpty());
  EXPECT_THAT(knows({}).combine(std::vector<float>{1, 0, 0}, says({1, 0})), IsEmpty());
}

TEST(Opinion, NamesAreUniqueAndReadBack) {
  for (std::size_t i = 0; i < kOpinionOutcomes; ++i) {
    const auto outcome = static_cast<OpinionOutcome>(i);
    EXPECT_EQ(opinion_outcome_from(to_string(outcome)), outcome);
  }
  for (std::size_t i = 0; i < kOpinionSources; ++i) {
    const auto source = static_cast<OpinionSource>(i);
    EXPECT_EQ(opinion_source_from(to_string(source)), source);
  }
  EXPECT_EQ(opinion_outcome_from("perhaps"), std::nullopt);
}

}  // namespace
}  // namespace pointsman::classify
