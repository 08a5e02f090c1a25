#include "watch/rate_evidence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

constexpr double kShare = 0.1;

double value(std::uint64_t canary, std::uint64_t champion, double bound, Side side) {
  return std::exp(log_rate_evidence({.canary = canary, .champion = champion}, kShare, bound, side));
}

TEST(RateEvidence, IsOneBeforeAnythingHappened) {
  EXPECT_DOUBLE_EQ(value(0, 0, 1.1, Side::kAbove), 1);
  EXPECT_DOUBLE_EQ(value(0, 0, 1.1, Side::kBelow), 1);
}

// The definition of fair odds: whatever has happened, the next conversation changes nothing on average at the bound.
TEST(RateEvidence, GainsNothingOnAverageAtTheBoundAndLosesOnTheInnerSideOfIt) {
  for (const Side side : {Side::kAbove, Side::kBelow}) {
    for (const double bound : {0.5, 1.0, 1.5}) {
      const auto mean_after_one = [&](double ratio) {
        const double canary = kShare * ratio / (kShare * ratio + 1 - kShare);
        return canary * value(8, 40, bound, side) + (1 - canary) * value(7, 41, bound, side);
      };
      const double before = value(7, 40, bound, side);
      EXPECT_NEAR(mean_after_one(bound), before, 1e-9 * before);
      EXPECT_LT(mean_after_one(side == Side::kAbove ? bound * 0.8 : bound * 1.2), before);
      EXPECT_GT(mean_after_one(side == Side::kAbove ? bound * 1.3 : bound * 0.7), before * 0.99);
    }
  }
}

TEST(RateEvidence, GrowsWithWhatSpeaksForIt) {
  EXPECT_GT(value(60, 200, 1, Side::kAbove), 1000);
  EXPECT_LT(value(20, 180, 1, Side::kAbove), 1);
  EXPECT_GT(value(5, 400, 1, Side::kBelow), 1000);
  EXPECT_LT(value(60, 200, 1, Side::kBelow), 0.1);
}

TEST(RateEvidence, StaysFiniteForCountsOfAnySize) {
  for (const std::uint64_t many : {std::uint64_t{1'000'000'000'000}, std::uint64_t{1}}) {
    EXPECT_TRUE(std::isfinite(log_rate_evidence({.canary = many, .champion = 0}, 0.001, 1, Side::kAbove)));
    EXPECT_TRUE(std::isfinite(log_rate_evidence({.canary = 0, .champion = many}, 0.999, 101, Side::kBelow)));
  }
}

}  // namespace
}  // namespace pointsman::watch
