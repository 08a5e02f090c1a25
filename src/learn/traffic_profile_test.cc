#include "learn/traffic_profile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

std::vector<Call> uniform_calls(std::size_t rows, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<Call> out;
  for (std::size_t i = 0; i < rows; ++i) out.push_back({.probability = static_cast<float>(rng.uniform())});
  return out;
}

// The true share below a level of uniform probabilities is the level itself.
TEST(TrafficProfile, BoundsTheTrueSharesAsOftenAsItClaims) {
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const auto profile = profile_traffic(uniform_calls(100, seed), 0.9);
    broken += std::ranges::any_of(
                  profile.levels,
                  [](const classify::DoubtLevel& level) { return static_cast<double>(level.below) > level.at_most; })
                  ? 1
                  : 0;
  }
  EXPECT_LE(broken, 200);
  EXPECT_GT(broken, 20);  // the bounds are not idle
}

TEST(TrafficProfile, AllowsAQuarterMoreHoweverManyRows) {
  const auto profile = profile_traffic(uniform_calls(200'000, 3));
  ASSERT_EQ(profile.levels.size(), 4U);
  EXPECT_EQ(profile.rows, 200'000U);
  EXPECT_NEAR(static_cast<double>(profile.levels[1].below), 0.1, 0.01);
  EXPECT_NEAR(profile.levels[1].at_most, 0.125, 1e-9);
}

TEST(TrafficProfile, IsEmptyWithoutEnoughRows) {
  EXPECT_TRUE(profile_traffic({}).levels.empty());
  EXPECT_TRUE(profile_traffic(uniform_calls(49, 1)).levels.empty());
}

TEST(TrafficProfile, NamesALevelOnceWhereManyProbabilitiesAreEqual) {
  std::vector<Call> calls(500, Call{.probability = 1});
  calls[7].probability = 0.5F;
  const auto profile = profile_traffic(calls);
  ASSERT_EQ(profile.levels.size(), 1U);
  EXPECT_EQ(profile.levels[0].below, 1.0F);
}

TEST(TrafficProfile, RaisesNoFlagOnRequestsDrawnAlike) {
  int raised = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto profile = profile_traffic(uniform_calls(300, seed));
    classify::ShiftDetector detector(profile.levels, {.requests_between_false_alarms = 1e5});
    base::Rng rng(seed + 1000);
    for (int i = 0; i < 1000; ++i) detector.observe(static_cast<float>(rng.uniform()));
    raised += detector.raised() ? 1 : 0;
  }
  EXPECT_LE(raised, 4);  // 1 % for the levels and 1 % for the requests
}

}  // namespace
}  // namespace pointsman::learn
