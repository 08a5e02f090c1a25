#include "learn/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "learn/calibration.h"

namespace pointsman::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Evaluation, CountsByHand) {
  // truth a a b b; predictions a b b b
  const std::vector<float> p{0.9F, 0.1F, 0.4F, 0.6F, 0.2F, 0.8F, 0.3F, 0.7F};
  const std::vector<std::uint32_t> truth{0, 0, 1, 1};
  const Evaluation e = evaluate_predictions({"a", "b"}, p, 2, truth);
  EXPECT_DOUBLE_EQ(e.accuracy.value(), 0.75);
  EXPECT_EQ(e.confusion[0][1], 1U);
  EXPECT_DOUBLE_EQ(e.categories[0].recall.value(), 0.5);
  EXPECT_DOUBLE_EQ(e.categories[0].precision.value(), 1);
  EXPECT_NEAR(e.macro_f1, (2.0 / 3 + 0.8) / 2, 1e-9);
  EXPECT_NEAR(e.nll, -(std::log(0.9) + std::log(0.4) + std::log(0.8) + std::log(0.7)) / 4, 1e-6);
  EXPECT_NEAR(e.brier, 2 * (0.01 + 0.36 + 0.04 + 0.09) / 4, 1e-6);
  // One example a bin: |0.9-1|, |0.6-0|, |0.8-1|, |0.7-1|.
  EXPECT_NEAR(e.ece, (0.1 + 0.6 + 0.2 + 0.3) / 4, 1e-6);
  EXPECT_DOUBLE_EQ(e.coverage[0].accuracy, 0.75);
  EXPECT_THAT(e.to_json(), HasSubstr(R"("accuracy":{"value":0.75)"));
}

// truth a a b b; tops 0.9 right, 0.6 wrong, 0.8 right, 0.7 right.
TEST(Evaluation, FollowsRiskOverCoverageByHand) {
  const std::vector<float> p{0.9F, 0.1F, 0.4F, 0.6F, 0.2F, 0.8F, 0.3F, 0.7F};
  const Evaluation e = evaluate_predictions({"a", "b"}, p, 2, std::vector<std::uint32_t>{0, 0, 1, 1});
  ASSERT_EQ(e.curve.size(), 4U);
  EXPECT_DOUBLE_EQ(e.curve[2].share, 0.75);
  EXPECT_DOUBLE_EQ(e.curve[2].accuracy, 1);
  EXPECT_NEAR(e.curve[2].threshold, 0.7, 1e-6);
  EXPECT_DOUBLE_EQ(e.curve[3].accuracy, 0.75);
  EXPECT_NEAR(e.aurc, (0 + 0 + 0 + 0.25) / 4, 1e-12);
  ASSERT_EQ(e.mistakes.size(), 1U);
  EXPECT_EQ(e.mistakes[0].truth, 0U);
  EXPECT_EQ(e.mistakes[0].predicted, 1U);
  EXPECT_THAT(e.mistakes[0].examples, ElementsAre(1U));
}

// A threshold cannot part equally sure answers.
TEST(Evaluation, KeepsTiesTogetherAndCountsTheirMistakesFirst) {
  const std::vector<float> p{0.8F, 0.2F, 0.8F, 0.2F, 0.6F, 0.4F};
  const Evaluation e = evaluate_predictions({"a", "b"}, p, 2, std::vector<std::uint32_t>{0, 1, 0});
  ASSERT_EQ(e.curve.size(), 2U);
  EXPECT_NEAR(e.curve[0].share, 2.0 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(e.curve[0].accuracy, 0.5);
  EXPECT_NEAR(e.aurc, (1.0 + 0.5 + 1.0 / 3) / 3, 1e-12);
}

TEST(Evaluation, KeepsTheCurveShortAndEndsItAtEverything) {
  std::vector<float> p;
  std::vector<std::uint32_t> truth;
  base::Rng rng(2);
  for (int i = 0; i < 1234; ++i) {
    p.push_back(static_cast<float>(0.5 + rng.uniform() / 2));
    p.push_back(1 - p.back());
    truth.push_back(static_cast<std::uint32_t>(rng.below(2)));
  }
  const Evaluation e = evaluate_predictions({"a", "b"}, p, 2, truth);
  EXPECT_EQ(e.curve.size(), kMaxCurvePoints - 1);
  EXPECT_DOUBLE_EQ(e.curve.back().share, 1);
  EXPECT_DOUBLE_EQ(e.curve.back().accuracy, e.accuracy.value());
  for (std::size_t i = 1; i < e.curve.size(); ++i) EXPECT_LE(e.curve[i].threshold, e.curve[i - 1].threshold);
}

// Says the category that the text begins with, with the probability of the two digits after it.
class Parrot final : public classify::Classifier {
 public:
  const std::vector<std::string>& categories() const override { return names_; }
  const std::string& version() const override { return names_[0]; }
  std::unique_ptr<classify::Scratch> make_scratch() const override { return std::make_unique<classify::Scratch>(); }
  base::Result<void> classify(const classify::Input& input, classify::Scratch& /*scratch*/,
                              std::span<float> probabilities) const override {
    const float p = static_cast<float>((input.text[1] - '0') * 10 + input.text[2] - '0') / 100;
    probabilities[0] = input.text[0] == 'a' ? p : 0;
    probabilities[1] = input.text[0] == 'b' ? p : 0;
    return {};
  }

 private:
  std::vector<std::string> names_{"a", "b"};
};

TEST(Evaluation, JudgesExamplesOfNoKnownCategoryApart) {
  const Dataset data{{{.text = "b90", .outside = true},
                      {.text = "a95", .category = "a"},
                      {.text = "a85", .category = "b"},
                      {.text = "b20", .category = "elsewhere"},
                      {.text = "b99", .category = "a"}}};
  const auto e = evaluate(Parrot(), data);
  ASSERT_TRUE(e.has_value());
  EXPECT_EQ(e->examples, 3U);
  EXPECT_EQ(e->outside, 2U);
  EXPECT_NEAR(e->outside_auroc, 5.0 / 6, 1e-12) << "0.9 is above 0.85 alone";
  EXPECT_THAT(e->outside_surest, ElementsAre(0U, 3U));
  EXPECT_EQ(e->outside_bins[13], 1U);
  EXPECT_EQ(e->outside_bins[3], 1U);
  ASSERT_EQ(e->mistakes.size(), 2U);
  EXPECT_THAT(e->mistakes[0].examples, ElementsAre(4U)) << "an index into the data, not among the judged";
  EXPECT_THAT(e->mistakes[1].examples, ElementsAre(2U));
  EXPECT_THAT(e->to_json(), HasSubstr(R"("outside":2,"outside_auroc":0.83)"));
}

TEST(Evaluation, KnowsWilsonsIntervals) {
  const Share share{81, 263};  // Newcombe 1998, table I
  EXPECT_NEAR(share.low(), 0.2553, 1e-4);
  EXPECT_NEAR(share.high(), 0.3662, 1e-4);
  EXPECT_EQ((Share{}.low()), 0);
  EXPECT_EQ((Share{}.high()), 1);
  EXPECT_EQ((Share{0, 20}.low()), 0);
  EXPECT_EQ((Share{24, 24}.high()), 1);
  EXPECT_NEAR((Share{24, 24}.low()), 0.8620, 1e-4) << "n / (n + z^2)";
}

TEST(Evaluation, CountsLabelsTheClassifierDoesNotKnowAsWrong) {
  const Evaluation e =
      evaluate_predictions({"a", "b", "new"}, std::vector<float>{0.9F, 0.1F}, 2, std::vector<std::uint32_t>{2});
  EXPECT_EQ(e.accuracy.hits, 0U);
  EXPECT_NEAR(e.nll, -std::log(1e-7), 1e-6);
  EXPECT_EQ(e.categories[2].support, 1U);
}

TEST(Evaluation, OfNothingIsEmptyAndStillJson) {
  const Evaluation e = evaluate_predictions({"a", "b"}, {}, 2, {});
  EXPECT_EQ(e.examples, 0U);
  EXPECT_THAT(e.to_json(), HasSubstr(R"("accuracy":{"value":null,"low":0,"high":1)"));
}

// Labels drawn from softmax(true scores); the model shouts three times as loud.
TEST(Temperature, RecoversTheFactorOfOverconfidence) {
  base::Rng rng(11);
  std::vector<float> scores;
  std::vector<std::uint32_t> labels;
  for (int i = 0; i < 5000; ++i) {
    float row[3];
    double sum = 0;
    for (float& s : row) {
      s = static_cast<float>(rng.uniform() * 4);
      sum += std::exp(static_cast<double>(s));
    }
    double u = rng.uniform() * sum;
    std::uint32_t label = 0;
    while (label < 2 && (u -= std::exp(static_cast<double>(row[label]))) > 0) ++label;
    labels.push_back(label);
    for (const float s : row) scores.push_back(3 * s);
  }
  const std::vector<float> weights(labels.size(), 1);
  const ScoredRows rows{scores, labels, weights, 3};
  const double temperature = fit_temperature(rows);
  EXPECT_NEAR(temperature, 3, 0.15);
  EXPECT_LT(mean_nll(rows, {temperature}), mean_nll(rows, {}) - 0.1);
  EXPECT_LE(mean_nll(rows, {temperature}), mean_nll(rows, {temperature * 1.1}));
  EXPECT_LE(mean_nll(rows, {temperature}), mean_nll(rows, {temperature / 1.1}));
}

TEST(Temperature, StaysFiniteWhenEverythingIsRight) {
  const std::vector<float> scores{100, 0, 0, 100};
  const std::vector<std::uint32_t> labels{0, 1};
  const std::vector<float> weights{1, 1};
  const double temperature = fit_temperature({scores, labels, weights, 2});
  EXPECT_GE(temperature, 0.05);
  EXPECT_LE(temperature, 20);
  EXPECT_EQ(fit_temperature({{}, {}, {}, 2}), 1);
}

}  // namespace
}  // namespace pointsman::learn
