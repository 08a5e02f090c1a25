#include "learn/threshold_path.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/testing_calls.h"

namespace pointsman::learn {
namespace {

const LossMatrix kAny = LossMatrix::any_mistake({"a", "b", "c", "d"});

void expect_nested(const ThresholdPath& path) {
  for (std::uint32_t c = 0; c < 4; ++c) {
    for (std::uint32_t step = 1; step < ThresholdPath::kSteps; ++step) {
      ASSERT_LE(path.threshold(c, step), path.threshold(c, step - 1));
    }
    EXPECT_GT(path.threshold(c, 0), 0.999999F);
    EXPECT_LT(path.threshold(c, ThresholdPath::kSteps - 1), 1e-6F);
  }
}

TEST(ThresholdPath, ThresholdsFallFromCertaintyToEverything) {
  expect_nested(ThresholdPath::plain(kAny));
  expect_nested(ThresholdPath::fit(kAny, test::calls_from(1, 3000)));
}

TEST(ThresholdPath, ThePlainPathOfOneCostIsOneCommonThreshold) {
  const ThresholdPath path = ThresholdPath::plain(kAny);
  for (std::uint32_t step = 0; step < ThresholdPath::kSteps; step += 50) {
    const auto all = path.thresholds(step);
    EXPECT_EQ(std::ranges::min(all), std::ranges::max(all));
  }
}

TEST(ThresholdPath, EntryIsTheFirstStepThatKeepsTheCall) {
  const ThresholdPath path = ThresholdPath::fit(kAny, test::calls_from(2, 3000));
  for (const Call& call : test::calls_from(3, 300)) {
    const std::uint32_t step = path.entry(call);
    ASSERT_LT(step, ThresholdPath::kSteps);
    EXPECT_GE(call.probability, path.threshold(call.category, step));
    if (step > 0) {
      EXPECT_LT(call.probability, path.threshold(call.category, step - 1));
    }
  }
  EXPECT_EQ(path.entry({.category = 0, .probability = 0, .loss = 0}), ThresholdPath::kSteps);
}

TEST(ThresholdPath, CategoriesThatErrMoreGetHigherThresholds) {
  const ThresholdPath path = ThresholdPath::fit(kAny, test::calls_from(4, 8000));
  ASSERT_TRUE(path.fitted());
  EXPECT_NEAR(path.slope(), 1, 0.3);
  const auto middle = path.thresholds(ThresholdPath::kSteps / 2);
  EXPECT_TRUE(std::ranges::is_sorted(middle));
}

TEST(ThresholdPath, TooLittleDataLeavesThePlainPath) {
  EXPECT_FALSE(ThresholdPath::fit(kAny, {}).fitted());
  EXPECT_FALSE(ThresholdPath::fit(kAny, std::vector<Call>(1000, {0, 0.9F, 0})).fitted());
  EXPECT_FALSE(ThresholdPath::fit(kAny, std::vector<Call>(1000, {0, 0.9F, 1})).fitted());
}

TEST(ThresholdPath, ConfidenceThatMisleadsIsNotFollowed) {
  std::vector<Call> rows;  // the surer, the more often wrong
  for (int i = 0; i < 4000; ++i) {
    const float p = 0.5F + 0.49F * static_cast<float>(i) / 4000;
    rows.push_back({static_cast<std::uint32_t>(i % 4), p, i % 7 < static_cast<int>(p * 6) ? 1.0F : 0.0F});
  }
  const ThresholdPath path = ThresholdPath::fit(kAny, rows);
  EXPECT_FALSE(path.fitted());
  expect_nested(path);
}

TEST(ThresholdPath, ACategoryNobodyShowedFollowsTheCommonCurve) {
  auto rows = test::calls_from(6, 6000);
  std::erase_if(rows, [](const Call& call) { return call.category == 2; });
  const ThresholdPath path = ThresholdPath::fit(kAny, rows);
  const auto middle = path.thresholds(ThresholdPath::kSteps / 2);
  EXPECT_GT(middle[2], middle[0]);
  EXPECT_LT(middle[2], middle[3]);
}

}  // namespace
}  // namespace pointsman::learn
