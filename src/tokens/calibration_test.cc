#include "tokens/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pointsman::tokens {
namespace {

TEST(Calibration, BeforeAnyAnswerGivesTheStatedRange) {
  const Calibrated got = Calibration().predict(1000);
  EXPECT_EQ(got.expected, 1150);
  EXPECT_EQ(got.upper, 2000);
  EXPECT_FALSE(got.expected_measured);
  EXPECT_FALSE(got.upper_measured);
  EXPECT_EQ(Calibration(Measure::kBytes).predict(1000).upper, 1000);
  EXPECT_EQ(Calibration().predict(0).upper, 0);
}

TEST(Calibration, ExpectsTheRatioThatUpstreamsReport) {
  Calibration calibration;
  for (int i = 0; i < 20; ++i) calibration.add(5000, 6500);
  const Calibrated got = calibration.predict(10'000);
  EXPECT_NEAR(static_cast<double>(got.expected), 13'000, 13);
  EXPECT_TRUE(got.expected_measured);
}

TEST(Calibration, PromisesABoundOnlyOnEnoughAnswers) {
  Calibration calibration;
  for (int i = 0; i < 80; ++i) calibration.add(5000, 6500);
  EXPECT_FALSE(calibration.predict(10'000).upper_measured) << "one in a hundred, from eighty";
  EXPECT_EQ(calibration.predict(10'000).upper, 20'000);
  EXPECT_TRUE(calibration.predict(10'000, 0.05).upper_measured);
  for (int i = 0; i < 100; ++i) calibration.add(5000, 6500);
  const Calibrated got = calibration.predict(10'000);
  EXPECT_TRUE(got.upper_measured);
  EXPECT_GE(got.upper, 13'000);
  EXPECT_LE(got.upper, 13'000 * 1.025);
}

TEST(Calibration, TheBoundIsMissedAsRarelyAsItSays) {
  std::mt19937 rng(11);
  std::normal_distribution<double> noise(0.25, 0.08);
  for (const double miss : {0.2, 0.05, 0.01}) {
    Calibration calibration;
    int asked = 0;
    int missed = 0;
    for (int i = 0; i < 6000; ++i) {
      const std::int64_t measured = 1000 + static_cast<std::int64_t>(rng() % 50'000);
      const auto reported = static_cast<std::int64_t>(static_cast<double>(measured) * std::exp(noise(rng)));
      const Calibrated said = calibration.predict(measured, miss);
      if (said.upper_measured) {
        ++asked;
        missed += reported > said.upper ? 1 : 0;
      }
      calibration.add(measured, reported);
    }
    EXPECT_GT(asked, 5000);
    EXPECT_LE(missed, 1.25 * miss * asked) << miss;
    EXPECT_GE(missed, 0.3 * miss * asked) << miss << ": a bound that is never missed is no quantile";
  }
}

TEST(Calibration, FollowsAModelWhoseTokenizerChanges) {
  Calibration calibration;
  for (int i = 0; i < 3000; ++i) calibration.add(4000, 4000);
  for (int i = 0; i < 3000; ++i) calibration.add(4000, 5200);
  EXPECT_NEAR(static_cast<double>(calibration.predict(4000).expected), 5200, 10);
  EXPECT_GE(calibration.predict(4000).upper, 5200);
}

TEST(Calibration, SmallPromptsDoNotBlurLargeOnes) {
  Calibration calibration;
  for (int i = 0; i < 300; ++i) {
    calibration.add(20, 120);
    calibration.add(20'000, 20'100);
  }
  EXPECT_NEAR(static_cast<double>(calibration.predict(20).expected), 120, 1);
  EXPECT_NEAR(static_cast<double>(calibration.predict(20'000).expected), 20'100, 20);
  EXPECT_FALSE(calibration.predict(500).expected_measured);
}

TEST(Calibration, IgnoresWhatIsNoUsage) {
  Calibration calibration;
  calibration.add(0, 10);
  calibration.add(10, 0);
  calibration.add(-5, 10);
  EXPECT_EQ(calibration.pairs(), 0U);
  calibration.add(1, INT64_MAX);
  calibration.add(INT64_MAX, 1);
  EXPECT_EQ(calibration.pairs(), 2U);
  EXPECT_GT(calibration.predict(INT64_MAX / 64).upper, 0);
}

TEST(Calibration, ComesBackFromItsText) {
  std::mt19937 rng(12);
  Calibration calibration(Measure::kBytes);
  for (int i = 0; i < 5000; ++i) {
    const std::int64_t measured = 1 + (rng() >> (4 + rng() % 24));
    calibration.add(measured, 1 + measured * static_cast<std::int64_t>(20 + rng() % 15) / 100);
  }
  const std::string text = calibration.to_text();
  EXPECT_LT(text.size(), 2000U);
  const auto again = Calibration::from_text(text);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->measure(), Measure::kBytes);
  EXPECT_EQ(again->pairs(), 5000U);
  EXPECT_EQ(again->to_text(), text);
  for (const std::int64_t measured : {40, 400, 4000, 400'000}) {
    const Calibrated one = calibration.predict(measured);
    const Calibrated other = again->predict(measured);
    EXPECT_NEAR(static_cast<double>(one.expected), static_cast<double>(other.expected), 0.001 * one.expected + 1);
    EXPECT_EQ(one.upper_measured, other.upper_measured);
    EXPECT_NEAR(static_cast<double>(one.upper), static_cast<double>(other.upper), 0.001 * one.upper + 1);
  }
}

TEST(Calibration, OtherTextsAreRefused) {
  const std::string good = Calibration().to_text();
  ASSERT_TRUE(Calibration::from_text(good));
  for (const std::string& bad : {std::string(), std::string("o200k"), good + "x", good.substr(0, good.size() - 1),
                                 std::string("o200k 1;1:256=1,;0:;0:;"), std::string("o200k 1;1:1=-1,;0:;0:;"),
                                 std::string("o200k 1;1:1=99999999,;0:;0:;"), std::string("o200k -1;0:;0:;0:;")}) {
    EXPECT_FALSE(Calibration::from_text(bad)) << bad;
  }
}

TEST(Calibration, ItsRatiosPredictWhatItPredicts) {
  Calibration calibration;
  for (int i = 0; i < 300; ++i) calibration.add(5000, 6500 + i % 7 * 100);
  const TokenRatios ratios = calibration.ratios();
  EXPECT_EQ(ratios.pairs, 300U);
  const Calibrated predicted = calibration.predict(10'000);
  const TokenRatio& one = ratios.of(10'000);
  EXPECT_TRUE(one.promised);
  EXPECT_EQ(expected_tokens(10'000, one), predicted.expected);
  EXPECT_EQ(most_tokens(10'000, one), predicted.upper);
  EXPECT_EQ(ratios.of(50), TokenRatio{}) << "nothing is known of short prompts";
}

TEST(Calibration, TooFewAnswersForABoundGiveTheLargestRatioSeen) {
  Calibration calibration;
  calibration.add(5000, 6000);
  calibration.add(5000, 7500);
  const TokenRatio one = calibration.ratios().of(5000);
  EXPECT_FALSE(one.promised);
  EXPECT_GE(one.upper, 1.5);
  EXPECT_LE(one.upper, 1.5 * 1.025);
  EXPECT_GT(one.expected, 1.2);
  EXPECT_LT(one.expected, 1.5);
}

}  // namespace
}  // namespace pointsman::tokens
