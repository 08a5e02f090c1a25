#include "cli/paired_measurement.h"

#include <gmock/gmock.h>

#include "base/rng.h"

namespace pointsman::cli {
namespace {

using classify::RiskKind;
using testing::HasSubstr;

const std::vector<std::string> kNames{"a", "b", "c"};

// A classifier that knows half of the texts, and a model that is right about `accuracy` of all.
MeasurementInput input_of(const learn::LossMatrix& losses, std::size_t rows, double accuracy) {
  MeasurementInput out{.losses = losses, .categories = {0, 1, 2}, .promise = {.at_most = 0.05}};
  base::Rng rng(7);
  for (std::size_t i = 0; i < rows; ++i) {
    MeasuredRow row{.truth = static_cast<std::size_t>(rng.uniform() * 3), .shapes = i % 5 < 2};
    const bool known = rng.uniform() < 0.5;
    row.local.assign(3, known ? 0.01F : 0.33F);
    if (known) row.local[row.truth] = 0.98F;
    const bool right = rng.uniform() < accuracy;
    row.opinion = {.outcome = classify::OpinionOutcome::kUsed, .source = classify::OpinionSource::kLogprobs};
    row.opinion.probabilities.assign(3, right ? 0.005F : 0.3F);
    row.opinion.probabilities[right ? row.truth : (row.truth + 1) % 3] = right ? 0.99F : 0.4F;
    out.rows.push_back(std::move(row));
  }
  out.prices = learn::Prices{.question = 0.0001, .category = {0.001, 0.001, 0.001}, .fallback = 0.01};
  return out;
}

Measurement measured(const MeasurementInput& input) {
  auto out = measure(input, RiskKind::kAnyMistake, std::string(64, 'd'));
  EXPECT_TRUE(out) << out.error().message();
  return std::move(*out);
}

TEST(PairedMeasurement, AGoodSecondOpinionKeepsMoreAndCostsLess) {
  const auto losses = learn::LossMatrix::any_mistake(kNames);
  const Measurement out = measured(input_of(losses, 1500, 0.97));
  ASSERT_TRUE(out.pairing.certified) << out.pairing.next;
  EXPECT_TRUE(out.alone_certified);
  EXPECT_GT(out.both.kept, out.alone.kept + 0.3);
  EXPECT_LT(out.both.dollars, out.alone.dollars);
  EXPECT_LT(out.alone.dollars, *out.fallback_dollars);
  EXPECT_LE(out.pairing.evidence.bound, 0.05);
  EXPECT_GT(out.both.asked, 0.4) << "the classifier knows half of them";
  EXPECT_LT(out.both.asked, 0.8) << "and is not asked behind its back about all it knows";
  ASSERT_EQ(out.worth.size(), 1U);
  EXPECT_GT(out.worth[0].fit.pooled.accuracy, out.worth[0].fit.local.accuracy);
  EXPECT_EQ(out.teaching, 600U);
  EXPECT_EQ(out.proving, 900U);
}

TEST(PairedMeasurement, TheOrderOfThePromiseNeedNotBeTheConfigurations) {
  const auto losses = learn::LossMatrix::any_mistake(kNames);
  const auto turned = learn::LossMatrix::any_mistake({"c", "a", "b"});
  const MeasurementInput plain = input_of(losses, 1500, 0.97);
  MeasurementInput other = input_of(turned, 1500, 0.97);
  other.categories = {2, 0, 1};
  const Measurement a = measured(plain);
  const Measurement b = measured(other);
  EXPECT_EQ(a.both.lost, b.both.lost);
  EXPECT_EQ(b.pairing.categories[0].name, "c");
}

TEST(PairedMeasurement, WhatNobodyAnsweredCountsAsWrong) {
  const auto losses = learn::LossMatrix::any_mistake(kNames);
  MeasurementInput input = input_of(losses, 1500, 0.97);
  const Measurement before = measured(input);
  std::size_t unheard = 0;
  for (MeasuredRow& row : input.rows) {
    if (row.shapes || row.local[row.truth] > 0.5F || unheard == 60) continue;
    row.hearing = Hearing::kUnheard;
    ++unheard;
  }
  const Measurement after = measured(input);
  EXPECT_EQ(after.unheard, 60U);
  EXPECT_LT(after.both.kept, before.both.kept) << "60 mistakes among 900 rows are more than a twentieth";
}

TEST(PairedMeasurement, AnswersThatCannotBeUsedGoToTheFallback) {
  const auto losses = learn::LossMatrix::any_mistake(kNames);
  MeasurementInput input = input_of(losses, 1500, 0.97);
  for (std::size_t i = 0; i < input.rows.size(); i += 4) {
    input.rows[i].opinion = {.outcome = classify::OpinionOutcome::kRefused};
  }
  const Measurement out = measured(input);
  EXPECT_EQ(out.unusable, 375U);
  EXPECT_TRUE(out.pairing.certified);
  EXPECT_LT(out.both.kept, 0.9);
}

TEST(PairedMeasurement, WithoutUsableOpinionsThereIsNothingToMeasure) {
  const auto losses = learn::LossMatrix::any_mistake(kNames);
  MeasurementInput input = input_of(losses, 600, 0.97);
  for (MeasuredRow& row : input.rows) row.opinion = {.outcome = classify::OpinionOutcome::kUnusable};
  EXPECT_FALSE(measure(input, RiskKind::kAnyMistake, std::string(64, 'd')));
}

TEST(PairedMeasurement, SaysHowManyRowsItTakes) {
  const RowsNeeded needed = rows_needed_for({.at_most = 0.02, .confidence = 0.95}, learn::LossKind::kZeroOne, 0.4);
  EXPECT_EQ(needed.teaching, learn::kFewestOpinionRows);
  EXPECT_EQ(needed.proving, 183U);  // ln(0.025) / ln(0.98), rounded up
  EXPECT_GE(static_cast<double>(needed.all) * 0.6, 183);
}

TEST(PairedMeasurement, TheSameTextIsAlwaysOnTheSameSide) {
  std::size_t teaching = 0;
  for (int i = 0; i < 2000; ++i) teaching += teaches("text number " + std::to_string(i), 0.4) ? 1U : 0U;
  EXPECT_NEAR(static_cast<double>(teaching), 800, 100);
  EXPECT_EQ(teaches("Reset my password", 0.4), teaches("reset  my PASSWORD", 0.4));
}

}  // namespace
}  // namespace pointsman::cli
