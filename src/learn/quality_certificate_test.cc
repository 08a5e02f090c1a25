#include "learn/quality_certificate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/rng.h"
#include "learn/mean_bet.h"

namespace pointsman::learn {
namespace {

constexpr double kDelta = 0.05;

// A world whose truth is known: the score s is uniform on [0, 1), the strong model is right with probability 0.8, the
// weak one, independently, with 0.9 - 0.4 s.
struct World {
  std::vector<Outcome> rows;
  std::vector<const Outcome*> pointers;
  std::vector<double> scores;

  World(std::size_t count, std::uint64_t seed) {
    base::Rng rng(seed);
    for (std::size_t i = 0; i < count; ++i) {
      scores.push_back(rng.uniform());
      const double weak = rng.uniform() < 0.9 - 0.4 * scores.back() ? 1 : 0;
      const double strong = rng.uniform() < 0.8 ? 1 : 0;
      rows.push_back({.text = std::to_string(i), .weak_quality = weak, .strong_quality = strong, .weak_cost = 0.1});
    }
    for (const Outcome& row : rows) pointers.push_back(&row);
  }

  // Routed quality over strong quality when scores below t stay: (0.8 (1 - t) + 0.9 t - 0.2 t^2) / 0.8.
  static double truth(double threshold) {
    const double t = std::clamp(threshold, 0.0, 1.0);
    return (0.8 * (1 - t) + 0.9 * t - 0.2 * t * t) / 0.8;
  }
};

std::vector<double> even_ladder(int steps) {
  std::vector<double> ladder;
  for (int i = 1; i <= steps; ++i) ladder.push_back(static_cast<double>(i) / steps);
  return ladder;
}

double share_proving(double right, int values, int trials) {
  base::Rng rng(11);
  int proven = 0;
  std::vector<double> drawn(static_cast<std::size_t>(values));
  for (int i = 0; i < trials; ++i) {
    for (double& value : drawn) value = rng.uniform() < 0.3 ? (rng.uniform() < right ? -1 : 1) : 0;
    proven += proves_negative_mean(drawn, 1, kDelta);
  }
  return proven / static_cast<double>(trials);
}

TEST(ProvesNegativeMean, RarelyProvesWhatIsNotSo) {
  // Mean exactly 0, the hardest case; standard error of the share 0.005.
  EXPECT_LE(share_proving(0.5, 400, 2000), kDelta + 0.015);
  EXPECT_LE(share_proving(0.5, 30, 2000), kDelta + 0.015);
}

TEST(ProvesNegativeMean, IsNearlyAsSharpAsANormalTest) {
  // Mean -0.03 x n = 1000, standard deviation 0.547: z = 1.73 has power 0.54; z = 3.47 has 0.97.
  EXPECT_GE(share_proving(0.55, 1000, 500), 0.42);
  EXPECT_GE(share_proving(0.60, 1000, 500), 0.93);
}

TEST(ProvesNegativeMean, NeedsValuesAtAll) {
  EXPECT_FALSE(proves_negative_mean({}, 1, kDelta));
  EXPECT_FALSE(proves_negative_mean(std::vector<double>{-1, -1}, 1, kDelta));
  EXPECT_TRUE(proves_negative_mean(std::vector<double>(20, -1.0), 1, kDelta));
  EXPECT_FALSE(proves_negative_mean(std::vector<double>(1000, 0.0), 1, kDelta));
}

TEST(CertifyQuality, BreaksItsPromiseInAtMostOneOfTwentyDraws) {
  const std::vector<double> ladder = even_ladder(100);
  int broken = 0;
  int certified = 0;
  constexpr int kDraws = 400;
  for (std::uint64_t seed = 1; seed <= kDraws; ++seed) {
    const World world(600, seed);
    const auto result = certify_quality(ladder, world.pointers, world.scores, {0.99, 0.95}, seed);
    certified += result.certified;
    broken += result.certified && World::truth(result.threshold) < 0.99;
  }
  EXPECT_GT(certified, kDraws / 2);
  EXPECT_LE(broken, kDraws * 0.05 + 2 * std::sqrt(kDraws * 0.05 * 0.95));
}

TEST(CertifyQuality, KeepsAlmostAllItMayWhenRowsAreMany) {
  const World world(40'000, 2);
  const auto result = certify_quality(even_ladder(100), world.pointers, world.scores, {0.99, 0.95});
  ASSERT_TRUE(result.certified);
  // 0.99 is reached at t = 0.57.
  EXPECT_GT(result.threshold, 0.45);
  EXPECT_LE(result.threshold, 0.57);
  EXPECT_NEAR(result.reachable, 0.57, 0.06);
  EXPECT_GE(result.quality, result.quality_bound);
  EXPECT_GE(result.quality_bound, 0.99);
  // What stays costs a tenth.
  EXPECT_NEAR(result.saved.value, 0.9 * static_cast<double>(result.kept) / 40'000, 1e-9);
  EXPECT_LT(result.saved.low, result.saved.value);
}

TEST(CertifyQuality, SendsEverythingToTheStrongModelWhenRowsAreFew) {
  const World world(60, 4);
  const auto result = certify_quality(even_ladder(100), world.pointers, world.scores, {0.99, 0.95});
  EXPECT_FALSE(result.certified);
  EXPECT_EQ(result.kept, 0U);
  EXPECT_EQ(result.saved.value, 0);
  EXPECT_TRUE(result.for_half);
}

TEST(CertifyQuality, NoticesThatTheWeakModelSuffices) {
  World world(3000, 5);
  for (Outcome& row : world.rows) row.weak_quality = row.strong_quality;
  const auto result = certify_quality(threshold_ladder(world.scores), world.pointers, world.scores, {0.99, 0.95});
  EXPECT_TRUE(result.keeps_all);
  EXPECT_EQ(result.kept, 3000U);
}

TEST(ThresholdLadder, RisesAndEndsByKeepingEverything) {
  const std::vector<double> ladder = threshold_ladder(std::vector<double>{3, 1, 2, 2, 2, 5}, 4);
  EXPECT_TRUE(std::is_sorted(ladder.begin(), ladder.end()));
  EXPECT_EQ(std::adjacent_find(ladder.begin(), ladder.end()), ladder.end());
  EXPECT_TRUE(std::isinf(ladder.back()));
  EXPECT_EQ(threshold_ladder({}).size(), 1U);
}

}  // namespace
}  // namespace pointsman::learn
