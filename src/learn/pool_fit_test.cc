#include "learn/pool_fit.h"

#include <gtest/gtest.h>

#include "learn/testing_opinions.h"

namespace pointsman::learn {
namespace {

using classify::OpinionSource;
using test::Minds;
using test::TwoMinds;

TEST(PoolFit, BothTogetherAreBetterThanEitherOnRowsTheyHaveNotSeen) {
  const TwoMinds teach = test::two_minds(1, 1500);
  const TwoMinds held = test::two_minds(2, 3000);
  const auto fit = fit_pool(teach.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value()) << fit.error().message();
  const PoolQuality pooled = judge_pool(held.rows(), fit->weights);
  const auto each = fit_pool(held.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(each.has_value());
  EXPECT_GT(pooled.accuracy, each->local.accuracy + 0.1);
  EXPECT_GT(pooled.accuracy, each->model.accuracy + 0.02) << "who knew everything would gain 0.03";
  EXPECT_LT(pooled.nll, each->local.nll);
  EXPECT_LT(pooled.nll, each->model.nll);
  EXPECT_NEAR(fit->weights.local, 1, 0.1);
  EXPECT_NEAR(fit->weights.model, 1.0 / 3, 0.05) << "it boasts threefold";
}

TEST(PoolFit, TakesAnOverconfidentModelAtWhatItIsWorth) {
  const TwoMinds teach = test::two_minds(3, 2000, {.boast = 4});
  const TwoMinds held = test::two_minds(4, 4000, {.boast = 4});
  const auto fit = fit_pool(teach.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value());
  EXPECT_GT(fit->model.ece, 0.1);
  EXPECT_LT(judge_pool(held.rows(), fit->weights).ece, 0.03);
  EXPECT_LT(fit->weights.model, 0.5F) << "a quarter of what it says is what it knows";
}

TEST(PoolFit, WhatItReportsOfItselfIsWhatNewRowsShow) {
  const TwoMinds teach = test::two_minds(5, 400);
  const TwoMinds held = test::two_minds(6, 8000);
  const auto fit = fit_pool(teach.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value());
  const PoolQuality truly = judge_pool(held.rows(), fit->weights);
  EXPECT_NEAR(fit->pooled.nll, truly.nll, 0.08);
  EXPECT_NEAR(fit->pooled.accuracy, truly.accuracy, 0.04);
}

TEST(PoolFit, HearsNobodyWhoOnlyGuesses) {
  const TwoMinds deaf = test::two_minds(7, 1500, {.model_least = 1.0 / 6, .boast = 1});
  TwoMinds shuffled = deaf;
  std::rotate(shuffled.opinions.begin(), shuffled.opinions.begin() + 1, shuffled.opinions.end());
  const auto fit = fit_pool(shuffled.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value());
  EXPECT_LT(fit->weights.model, 0.1F);
  EXPECT_GT(fit->weights.local, 0.7F);
}

TEST(PoolFit, CalibratesTheModelAloneWhereThereIsNoClassifier) {
  TwoMinds alone = test::two_minds(8, 1500);
  for (auto& one : alone.local) one.clear();
  const auto fit = fit_pool(alone.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value());
  EXPECT_LT(fit->pooled.ece, 0.04);
  EXPECT_LT(fit->pooled.nll, fit->model.nll);
}

TEST(PoolFit, LearnsFromTextsOfNoCategoryWhereNoneWasOnOffer) {
  TwoMinds minds = test::two_minds(9, 1500);
  for (std::size_t i = 0; i < minds.truth.size(); i += 5) {  // every fifth belongs nowhere, and both half see it
    minds.truth[i] = 6;
    for (float& p : minds.local[i]) p *= 0.5F;
    for (float& p : minds.opinions[i].probabilities) p *= 0.2F;
  }
  for (auto& opinion : minds.opinions) opinion.none_offered = true;
  const auto fit = fit_pool(minds.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(fit.has_value());
  std::vector<float> pooled(6);
  classify::pool(minds.local[0], minds.opinions[0], fit->weights, pooled);
  float sum = 0;
  for (const float p : pooled) sum += p;
  EXPECT_LT(sum, 0.6F);
}

TEST(PoolFit, RefusesTooFewRowsAndSaysHowMany) {
  const TwoMinds few = test::two_minds(10, kFewestOpinionRows - 1);
  const auto fit = fit_pool(few.rows(), OpinionSource::kLogprobs);
  ASSERT_FALSE(fit.has_value());
  EXPECT_NE(fit.error().message().find("59 labelled requests"), std::string::npos) << fit.error().message();
  const TwoMinds enough = test::two_minds(10, 200);
  EXPECT_FALSE(fit_pool(enough.rows(), OpinionSource::kStated).has_value()) << "none of them is of that source";
}

TEST(PoolFit, RefusesRowsOfDifferentRouters) {
  TwoMinds mixed = test::two_minds(11, 200);
  mixed.opinions[77].probabilities.push_back(0);
  EXPECT_FALSE(fit_pool(mixed.rows(), OpinionSource::kLogprobs).has_value());
}

TEST(PoolFit, WeighsEachSourceForItself) {
  TwoMinds minds = test::two_minds(12, 600);
  for (std::size_t i = 0; i < 200; ++i) minds.opinions[i].source = OpinionSource::kStated;
  for (std::size_t i = 200; i < 230; ++i) minds.opinions[i].source = OpinionSource::kBare;
  const auto combination = fit_combination(minds.rows());
  ASSERT_TRUE(combination.has_value());
  EXPECT_TRUE(combination->weights(OpinionSource::kLogprobs).has_value());
  EXPECT_TRUE(combination->weights(OpinionSource::kStated).has_value());
  EXPECT_FALSE(combination->weights(OpinionSource::kBare).has_value()) << "30 rows teach nothing";
}

TEST(PoolFit, GivesTheSameWeightsEveryTime) {
  const TwoMinds minds = test::two_minds(13, 300);
  const auto first = fit_pool(minds.rows(), OpinionSource::kLogprobs);
  const auto again = fit_pool(minds.rows(), OpinionSource::kLogprobs);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->weights.local, again->weights.local);
  EXPECT_EQ(first->weights.stray, again->weights.stray);
  EXPECT_EQ(first->pooled.nll, again->pooled.nll);
}

}  // namespace
}  // namespace pointsman::learn
