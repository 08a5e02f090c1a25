#include "watch/money_evidence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

constexpr double kShare = 0.2;
constexpr double kMost = 10;

TEST(MoneyEvidence, IsOneBeforeAnythingHappened) {
  EXPECT_DOUBLE_EQ(MoneyEvidence({}).log_value(), 0);
}

// Costs are 0 or `kMost`, so that the mean over all that may come next can be written down.
double mean_after_one(const MoneyClaim& claim, double canary_mean, double champion_mean, double guess) {
  double mean = 0;
  for (const bool canary : {false, true}) {
    for (const double cost : {0.0, kMost}) {
      const double high = (canary ? canary_mean : champion_mean) / kMost;
      const double probability = (canary ? kShare : 1 - kShare) * (cost > 0 ? high : 1 - high);
      MoneyEvidence next(claim);
      next.observe(canary, cost, guess);
      mean += probability * std::exp(next.log_value());
    }
  }
  return mean;
}

TEST(MoneyEvidence, GainsNothingOnAverageAtTheMarginAndLosesOnTheInnerSideOfItWhateverTheGuess) {
  for (const Side side : {Side::kAbove, Side::kBelow}) {
    const MoneyClaim claim{.share = kShare, .margin = 0.25, .most = kMost, .side = side};
    for (const double guess : {0.0, 1.0, 5.0, kMost}) {
      EXPECT_NEAR(mean_after_one(claim, 2.5, 2, guess), 1, 1e-12);
      EXPECT_LT(mean_after_one(claim, side == Side::kAbove ? 2.2 : 2.8, 2, guess), 1);
      EXPECT_GT(mean_after_one(claim, side == Side::kAbove ? 2.8 : 2.2, 2, guess), 1);
    }
  }
}

TEST(MoneyEvidence, NeverLosesAllWhateverTheCosts) {
  for (const Side side : {Side::kAbove, Side::kBelow}) {
    for (const double share : {0.001, 0.5, 0.999}) {
      MoneyEvidence evidence({.share = share, .margin = 0.1, .most = kMost, .side = side});
      for (int i = 0; i < 16; ++i) evidence.observe(i % 2 == 0, i % 4 < 2 ? 0 : kMost, i % 8 < 4 ? 0 : kMost);
      EXPECT_TRUE(std::isfinite(evidence.log_value()));
    }
  }
}

TEST(MoneyEvidence, NoticesADearerCanary) {
  base::Rng rng(3);
  MoneyEvidence evidence({.share = kShare, .margin = 0.05, .most = kMost});
  for (int i = 0; i < 5000; ++i) {
    const bool canary = rng.uniform() < kShare;
    evidence.observe(canary, rng.uniform() * (canary ? 3 : 2), 1);
  }
  EXPECT_GT(evidence.log_value(), std::log(1000));
}

}  // namespace
}  // namespace pointsman::watch
