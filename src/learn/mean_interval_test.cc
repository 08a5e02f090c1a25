#include "learn/mean_interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

Estimate interval_of(const std::vector<double>& values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  std::vector<double> influence;
  for (const double value : values) influence.push_back(value - mean);
  return mean_interval(mean, influence, number_clusters(std::vector<std::uint64_t>(values.size(), 0)));
}

// Share of draws of `n` values whose interval holds the true mean.
double coverage(std::size_t n, double truth, const std::function<double(base::Rng&)>& draw) {
  constexpr int kDraws = 2000;
  base::Rng rng(11);
  int held = 0;
  for (int i = 0; i < kDraws; ++i) {
    std::vector<double> values;
    for (std::size_t j = 0; j < n; ++j) values.push_back(draw(rng));
    const Estimate one = interval_of(values);
    held += one.low <= truth && truth <= one.high;
  }
  return static_cast<double>(held) / kDraws;
}

TEST(MeanInterval, KnowsStudentsQuantiles) {
  // Abramowitz and Stegun, table 26.10.
  EXPECT_NEAR(student_quantile(kNormal975, 5), 2.571, 0.002);
  EXPECT_NEAR(student_quantile(kNormal975, 10), 2.228, 0.001);
  EXPECT_NEAR(student_quantile(kNormal975, 30), 2.042, 0.001);
  EXPECT_NEAR(student_quantile(kNormal975, 1e9), kNormal975, 1e-6);
}

TEST(MeanInterval, OfEvenValuesIsTheUsualOne) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i % 2 == 0 ? 0.0 : 1.0);
  const Estimate one = interval_of(values);
  EXPECT_DOUBLE_EQ(one.value, 0.5);
  EXPECT_NEAR(one.high - 0.5, kNormal975 * 0.5 / std::sqrt(1000.0), 1e-4);
  EXPECT_NEAR(one.high - 0.5, 0.5 - one.low, 1e-9);
}

TEST(MeanInterval, ReachesFurtherWhereTheTailIs) {
  std::vector<double> values(100, 0.0);
  for (int i = 0; i < 5; ++i) values[static_cast<std::size_t>(i)] = 20;
  const Estimate one = interval_of(values);
  EXPECT_GT(one.high - one.value, 1.3 * (one.value - one.low));
}

TEST(MeanInterval, HoldsTheMeanOfSkewedValuesAsOftenAsItSays) {
  const auto exponential = [](base::Rng& rng) { return -std::log(1 - rng.uniform()); };
  EXPECT_NEAR(coverage(40, 1, exponential), 0.95, 0.015);
  // Weights of one in twenty explored: what the plain normal interval covers too seldom.
  const auto explored = [](base::Rng& rng) { return rng.uniform() < 0.05 ? 20.0 : 0.0; };
  EXPECT_NEAR(coverage(400, 1, explored), 0.95, 0.02);
}

TEST(MeanInterval, CountsAClusterOnce) {
  std::vector<double> values;
  std::vector<double> tripled;
  std::vector<std::uint64_t> cluster_of;
  base::Rng rng(3);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    values.push_back(rng.uniform() - 0.5);
    for (int copy = 0; copy < 3; ++copy) {
      tripled.push_back(values.back());
      cluster_of.push_back(i);
    }
  }
  const Estimate once = mean_interval(0, values, number_clusters(std::vector<std::uint64_t>(values.size(), 0)));
  const Estimate thrice = mean_interval(0, tripled, number_clusters(cluster_of));
  EXPECT_NEAR(once.low, thrice.low, 1e-12);
  EXPECT_NEAR(once.high, thrice.high, 1e-12);
}

TEST(MeanInterval, OfOneClusterSaysNothing) {
  const std::vector<double> values{0.1, -0.1};
  const Estimate one = mean_interval(0, values, number_clusters(std::vector<std::uint64_t>{7, 7}));
  EXPECT_TRUE(std::isinf(one.low));
  EXPECT_TRUE(std::isinf(one.high));
}

}  // namespace
}  // namespace pointsman::learn
