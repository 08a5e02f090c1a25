#include "limits/running_quantile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

double milliseconds(base::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

TEST(RunningQuantile, SaysNothingOfAFew) {
  RunningQuantile p95(0.95);
  for (std::uint32_t i = 0; i + 1 < RunningQuantile::kLeast; ++i) p95.add(100ms);
  EXPECT_FALSE(p95.value());
  p95.add(100ms);
  EXPECT_TRUE(p95.value());
}

TEST(RunningQuantile, IsWithinItsStatedErrorOfTheTrueOne) {
  base::Rng rng(3);
  std::vector<double> all;
  RunningQuantile p95(0.95);
  for (int i = 0; i < 1000; ++i) {
    const double normal = std::sqrt(-2 * std::log(1 - rng.uniform())) * std::cos(6.283185307 * rng.uniform());
    all.push_back(180 * std::exp(0.4 * normal));
    p95.add(std::chrono::microseconds(static_cast<std::int64_t>(all.back() * 1000)));
  }
  std::ranges::sort(all);
  EXPECT_NEAR(milliseconds(*p95.value()) / all[949], 1, 0.09);
}

TEST(RunningQuantile, FollowsAProviderThatBecomesSlow) {
  RunningQuantile p95(0.95);
  for (int i = 0; i < 5000; ++i) p95.add(100ms);
  EXPECT_LT(*p95.value(), 110ms);
  for (std::uint32_t i = 0; i < RunningQuantile::kMost; ++i) p95.add(400ms);
  EXPECT_GT(*p95.value(), 390ms);
}

TEST(RunningQuantile, TakesWhatIsOffItsScale) {
  RunningQuantile p95(0.95);
  for (int i = 0; i < 100; ++i) p95.add(base::Duration(0));
  EXPECT_LT(*p95.value(), 1ms);
  for (int i = 0; i < 2000; ++i) p95.add(24h);
  EXPECT_GT(*p95.value(), 5min);
}

}  // namespace
}  // namespace pointsman::limits
