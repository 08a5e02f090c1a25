#include "learn/binomial.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pointsman::learn {
namespace {

TEST(Binomial, TailsAreTheKnownValues) {
  struct Known {
    std::size_t k;
    std::size_t n;
    double p;
    double tail;  // from scipy.stats.binom.cdf
  };
  const Known all[] = {{0, 149, 0.02, 0.049281654330089596},
                       {8, 1540, 0.01, 0.029763766406245167},
                       {21, 1540, 0.02, 0.039384290518401435},
                       {500, 1000, 0.5, 0.5126125090891802},
                       {3, 10, 0.3, 0.6496107184000002},
                       {950, 100000, 0.01, 0.056927834566249946},
                       {0, 1, 0.25, 0.75},
                       {99, 100, 0.99, 0.6339676587267709}};
  for (const Known& one : all) {
    EXPECT_NEAR(binomial_cdf(one.k, one.n, one.p) / one.tail, 1, 1e-9) << one.k << " of " << one.n << " at " << one.p;
  }
}

TEST(Binomial, TailsOfFewRowsAreTheSumsOfTheirTerms) {
  for (const double p : {0.001, 0.1, 0.5, 0.97}) {
    double term = std::pow(1 - p, 12);
    double sum = 0;
    for (std::size_t k = 0; k < 12; ++k) {
      sum += term;
      EXPECT_NEAR(binomial_cdf(k, 12, p), sum, 1e-12);
      term *= p / (1 - p) * static_cast<double>(12 - k) / static_cast<double>(k + 1);
    }
    EXPECT_EQ(binomial_cdf(12, 12, p), 1);
  }
}

TEST(Binomial, EdgesAreExact) {
  EXPECT_EQ(binomial_cdf(0, 0, 0.5), 1);
  EXPECT_EQ(binomial_cdf(3, 10, 0), 1);
  EXPECT_EQ(binomial_cdf(3, 10, 1), 0);
  EXPECT_EQ(binomial_cdf(10, 10, 1), 1);
  EXPECT_EQ(risk_p_value(0, 0, 0.1, LossKind::kZeroOne), 1);
  EXPECT_EQ(risk_p_value(0, 10, 0, LossKind::kZeroOne), 1);
  EXPECT_EQ(risk_upper_bound(0, 0, 0.05, LossKind::kZeroOne), 1);
  EXPECT_EQ(risk_upper_bound(10, 10, 0.05, LossKind::kZeroOne), 1);
}

TEST(Binomial, UpperBoundsAreThoseOfClopperAndPearson) {
  // scipy.stats.beta.ppf(0.95, k + 1, n - k)
  EXPECT_NEAR(risk_upper_bound(0, 149, 0.05, LossKind::kZeroOne), 0.019904816220685077, 1e-9);
  EXPECT_NEAR(risk_upper_bound(8, 1540, 0.05, LossKind::kZeroOne), 0.009353571494235005, 1e-9);
  EXPECT_NEAR(risk_upper_bound(5, 100, 0.05, LossKind::kZeroOne), 0.1022533776432745, 1e-9);
}

TEST(Binomial, PValuesFallWithRowsAndRiseWithLosses) {
  for (const LossKind kind : {LossKind::kZeroOne, LossKind::kBounded}) {
    double before = 2;
    for (std::size_t n = 20; n < 2000; n += 37) {
      const double now = risk_p_value(3, n, 0.05, kind);
      EXPECT_LE(now, before);
      before = now;
    }
    before = 0;
    for (int lost = 0; lost < 100; ++lost) {
      const double now = risk_p_value(lost, 1000, 0.05, kind);
      EXPECT_GE(now, before);
      before = now;
    }
  }
}

TEST(Binomial, LossesBetweenZeroAndOneNeedMoreEvidence) {
  for (const int lost : {0, 5, 20, 60}) {
    EXPECT_GE(risk_p_value(lost, 1000, 0.05, LossKind::kBounded), risk_p_value(lost, 1000, 0.05, LossKind::kZeroOne));
  }
}

TEST(Binomial, RowsNeededAreTheFirstThatSuffice) {
  EXPECT_EQ(rows_needed(0, 0.02, 0.05, LossKind::kZeroOne), 149U);  // ln 0.05 / ln 0.98 = 148.3
  EXPECT_EQ(rows_needed(0, 0.01, 0.05, LossKind::kZeroOne), 299U);
  const auto n = rows_needed(0.005, 0.01, 0.05, LossKind::kZeroOne);
  ASSERT_TRUE(n);
  EXPECT_LE(risk_p_value(std::ceil(0.005 * static_cast<double>(*n)), *n, 0.01, LossKind::kZeroOne), 0.05);
  EXPECT_FALSE(rows_needed(0.01, 0.01, 0.05, LossKind::kZeroOne));
  EXPECT_FALSE(rows_needed(0.5, 0.01, 0.05, LossKind::kBounded));
}

TEST(Binomial, ProvableRatesAreTheLargestThatPass) {
  for (const std::size_t n : {149UL, 500UL, 1540UL, 20000UL}) {
    const double rate = provable_rate(n, 0.02, 0.05, LossKind::kZeroOne);
    const double total = std::nearbyint(rate * static_cast<double>(n));
    EXPECT_LE(risk_p_value(total, n, 0.02, LossKind::kZeroOne), 0.05);
    EXPECT_GT(risk_p_value(total + 1, n, 0.02, LossKind::kZeroOne), 0.05);
  }
  EXPECT_LT(provable_rate(148, 0.02, 0.05, LossKind::kZeroOne), 0);
}

}  // namespace
}  // namespace pointsman::learn
