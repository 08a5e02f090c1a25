#include "learn/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "learn/mixing.h"
#include "learn/scope_fit.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kCategories = 20;

// Rows whose labels are drawn from softmax(scores / temperature), but for a share that goes astray.
struct Drawn {
  std::vector<float> scores;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;

  ScoredRows rows() const { return {scores, labels, weights, kCategories}; }
};

Drawn draw(std::size_t n, double temperature, double stray, std::uint64_t seed) {
  base::Rng rng(seed);
  Drawn out;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> row(kCategories);
    for (float& one : row) one = static_cast<float>(12 * rng.uniform());
    std::vector<float> probabilities = row;
    to_probabilities(probabilities, {temperature, stray});
    double left = rng.uniform();
    std::uint32_t label = 0;
    while (label + 1 < kCategories && left >= static_cast<double>(probabilities[label])) {
      left -= static_cast<double>(probabilities[label++]);
    }
    out.scores.insert(out.scores.end(), row.begin(), row.end());
    out.labels.push_back(label);
    out.weights.push_back(1);
  }
  return out;
}

TEST(Calibration, FindsTheTemperatureAndTheFloorThatMadeTheLabels) {
  const Drawn data = draw(20'000, 0.5, 0.06, 3);
  const Calibration found = fit_top_label(data.rows());
  EXPECT_NEAR(found.temperature, 0.5, 0.06);
  EXPECT_NEAR(found.stray, 0.06, 0.015);
}

TEST(Calibration, LeavesNoFloorWhereNoneIsNeeded) {
  EXPECT_LT(fit_top_label(draw(20'000, 0.4, 0, 4).rows()).stray, 0.01);
}

TEST(Calibration, MakesTheLargestProbabilityTheShareOfRightOnes) {
  const Drawn data = draw(5'000, 0.4, 0.1, 5);
  const Calibration found = fit_top_label(data.rows());
  double sure = 0;
  double right = 0;
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    std::vector<float> row(data.scores.begin() + static_cast<std::ptrdiff_t>(i * kCategories),
                           data.scores.begin() + static_cast<std::ptrdiff_t>((i + 1) * kCategories));
    to_probabilities(row, found);
    const auto best = std::ranges::max_element(row);
    sure += static_cast<double>(*best);
    right += static_cast<std::uint32_t>(best - row.begin()) == data.labels[i] ? 1 : 0;
  }
  EXPECT_NEAR(sure / 5'000, right / 5'000, 0.01);
}

TEST(Calibration, SaysNothingOfNoRows) {
  EXPECT_EQ(fit_top_label({{}, {}, {}, 2}).temperature, 1);
  EXPECT_EQ(fit_top_label({{}, {}, {}, 2}).stray, 0);
}

std::vector<int> thirds(std::size_t rows) {
  std::vector<int> out(rows);
  for (std::size_t i = 0; i < rows; ++i) out[i] = static_cast<int>(3 * i / rows);
  return out;
}

TEST(Calibration, FindsWhatCategoriesAreCalledTooOften) {
  Drawn data = draw(4'000, 1, 0, 7);
  for (std::size_t i = 0; i < data.scores.size(); i += kCategories) data.scores[i] += 2;  // category 0, as if likelier
  const std::vector<float> offsets = fit_offsets(data.rows(), thirds(4'000));
  ASSERT_EQ(offsets.size(), kCategories);
  float others = 0;
  for (std::size_t c = 1; c < kCategories; ++c) others += offsets[c] / (kCategories - 1);
  EXPECT_NEAR(offsets[0] - others, -2, 0.25);
}

TEST(Calibration, AddsNoOffsetsWhereTheTemperatureIsEnough) {
  EXPECT_TRUE(fit_offsets(draw(2'000, 1, 0, 8).rows(), thirds(2'000)).empty());
  EXPECT_TRUE(fit_offsets(draw(10, 1, 0, 8).rows(), thirds(10)).empty()) << "too few rows to tell";
}

TEST(Calibration, AddsNoOffsetsThatHoldForSomeTextsOnly) {
  Drawn data = draw(4'000, 1, 0, 7);
  for (std::size_t i = 0; i < data.scores.size(); i += kCategories) {
    data.scores[i] +=
        i < data.scores.size() / 3 ? -2.0F : 2.0F;  // what is called too often depends on whose text it is
  }
  EXPECT_TRUE(fit_offsets(data.rows(), thirds(4'000)).empty());
}

TEST(Mixing, FindsTheFactorsOfTwoViewsThatEachKnowAPart) {
  base::Rng rng(6);
  Drawn linear;
  std::vector<float> net;
  for (int i = 0; i < 4'000; ++i) {
    std::vector<float> logits(kCategories);
    for (float& logit : logits) {
      const auto a = static_cast<float>(4 * rng.uniform());
      const auto b = static_cast<float>(4 * rng.uniform());
      linear.scores.push_back(a);
      net.push_back(b);
      logit = 1.5F * a + 0.5F * b;
    }
    to_probabilities(logits, {});
    double left = rng.uniform();
    std::uint32_t label = 0;
    while (label + 1 < kCategories && left >= static_cast<double>(logits[label])) {
      left -= static_cast<double>(logits[label++]);
    }
    linear.labels.push_back(label);
    linear.weights.push_back(1);
  }
  const MixFit mix = fit_mix(linear.rows(), net);
  EXPECT_NEAR(mix.linear, 1.5, 0.1);
  EXPECT_NEAR(mix.net, 0.5, 0.1);
  EXPECT_LT(mix.nll, mean_nll(linear.rows(), {fit_temperature(linear.rows())}));
  // A view that knows something is asked where the other is unsure, and a wide slack lowers the bar.
  const float always = choose_ask_below(linear.rows(), net, 1, mix, 1e-6);
  EXPECT_LE(choose_ask_below(linear.rows(), net, 1, mix, 10), always);
}

TEST(Scope, AreaUnderTheCurveCountsTiesAsHalf) {
  EXPECT_DOUBLE_EQ(area_under_roc(std::vector{3.0, 2.0}, std::vector{1.0, 0.0}), 1);
  EXPECT_DOUBLE_EQ(area_under_roc(std::vector{1.0}, std::vector{1.0}), 0.5);
  EXPECT_DOUBLE_EQ(area_under_roc(std::vector{2.0, 0.0}, std::vector{1.0, 1.0}), 0.5);
  EXPECT_DOUBLE_EQ(area_under_roc(std::vector{2.0, 1.0}, std::vector{1.0, 0.0}), 0.875);
  EXPECT_DOUBLE_EQ(area_under_roc(std::vector<double>{}, std::vector{1.0}), 0.5);
}

}  // namespace
}  // namespace pointsman::learn
