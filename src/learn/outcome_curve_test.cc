#include "learn/outcome_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

using testing::DoubleNear;

constexpr double kExact = 1e-12;

class Rows {
 public:
  // Weak and strong quality of each row.
  explicit Rows(const std::vector<std::pair<double, double>>& qualities) {
    for (const auto& [weak, strong] : qualities) {
      rows_.push_back({.text = "x", .weak_quality = weak, .strong_quality = strong, .weak_cost = 1, .strong_cost = 5});
    }
    for (const Outcome& row : rows_) pointers_.push_back(&row);
  }
  std::span<const Outcome* const> all() const { return pointers_; }
  std::vector<double> gains() const {
    std::vector<double> out;
    for (const Outcome& row : rows_) out.push_back(row.gain());
    return out;
  }

 private:
  std::vector<Outcome> rows_;
  std::vector<const Outcome*> pointers_;
};

// Weak 1/2, strong 3/4: gains +1, 0, -1, +1.
Rows four() {
  return Rows({{0, 1}, {1, 1}, {1, 0}, {0, 1}});
}

Rows drawn(std::size_t count, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<std::pair<double, double>> qualities;
  for (std::size_t i = 0; i < count; ++i) {
    qualities.emplace_back(rng.uniform() < 0.6 ? 1 : 0, rng.uniform() < 0.8 ? 1 : 0);
  }
  return Rows(qualities);
}

TEST(CostQualityCurve, OfFourRowsIsAsWorkedByHand) {
  const Rows rows = four();
  const auto curve = CostQualityCurve::of(rows.all(), std::vector<double>{4, 3, 2, 1});
  ASSERT_EQ(curve.points.size(), 5U);
  const double quality[] = {0.5, 0.75, 0.75, 0.5, 0.75};
  const double recovered[] = {0, 1, 1, 0, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_DOUBLE_EQ(curve.points[i].share, static_cast<double>(i) / 4);
    EXPECT_DOUBLE_EQ(curve.points[i].quality, quality[i]);
    EXPECT_DOUBLE_EQ(curve.points[i].recovered, recovered[i]);
    EXPECT_DOUBLE_EQ(curve.points[i].cost, 1 + static_cast<double>(i));
  }
  EXPECT_THAT(curve.apgr(), testing::Optional(DoubleNear((0.5 + 1 + 0.5 + 0.5) / 4, kExact)));
  EXPECT_THAT(curve.call_share(0.5), testing::Optional(DoubleNear(0.125, kExact)));
  EXPECT_THAT(curve.call_share(0.8), testing::Optional(DoubleNear(0.2, kExact)));
  // All of the strong model's quality at cost 2 of 5; 80 % of it (0.6) on the way there, at 0.4 of the first step.
  EXPECT_NEAR(curve.most_saved(1), 0.6, kExact);
  EXPECT_NEAR(curve.most_saved(0.8), 1 - 1.4 / 5, kExact);
}

TEST(CostQualityCurve, EqualScoresAreSentTogether) {
  const Rows rows = four();
  const auto curve = CostQualityCurve::of(rows.all(), std::vector<double>{1, 1, 1, 1});
  ASSERT_EQ(curve.points.size(), 2U);
  EXPECT_THAT(curve.apgr(), testing::Optional(DoubleNear(0.5, kExact)));
  EXPECT_NEAR(curve.at(0.25).quality, 0.5625, kExact);
  EXPECT_NEAR(curve.at(0.25).cost, 2, kExact);
}

TEST(CostQualityCurve, TheOracleIsTheMostAndItsReverseTheLeast) {
  const Rows rows = drawn(200, 3);
  std::vector<double> gains = rows.gains();
  const double best = CostQualityCurve::of(rows.all(), gains).apgr().value();
  for (double& gain : gains) gain = -gain;
  const double worst = CostQualityCurve::of(rows.all(), gains).apgr().value();
  EXPECT_NEAR(best + worst, 1, 1e-9);  // the two curves are each other's mirror image
  base::Rng rng(5);
  for (int i = 0; i < 50; ++i) {
    std::vector<double> scores;
    for (std::size_t k = 0; k < 200; ++k) scores.push_back(rng.uniform());
    const double apgr = CostQualityCurve::of(rows.all(), scores).apgr().value();
    EXPECT_GT(apgr, worst);
    EXPECT_LT(apgr, best);
  }
}

TEST(CostQualityCurve, ACoinHasHalfOnAverage) {
  const Rows rows = drawn(100, 8);
  base::Rng rng(2);
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> scores;
    for (std::size_t k = 0; k < 100; ++k) scores.push_back(rng.uniform());
    sum += CostQualityCurve::of(rows.all(), scores).apgr().value();
  }
  EXPECT_NEAR(sum / 2000, 0.5, 0.03);
}

TEST(CostQualityCurve, HasNoFiguresUnlessTheStrongModelIsBetter) {
  const Rows rows({{1, 0}, {0, 1}});
  const auto curve = CostQualityCurve::of(rows.all(), std::vector<double>{1, 2});
  EXPECT_FALSE(curve.apgr());
  EXPECT_FALSE(curve.call_share(0.5));
  EXPECT_FALSE(CostQualityCurve::of({}, {}).apgr());
}

TEST(MeasureRouters, IntervalsHoldTheValueAndComparePairwise) {
  const Rows rows = drawn(400, 1);
  std::vector<std::vector<double>> scores{std::vector<double>(400, 0.0), rows.gains()};
  const auto figures = measure_routers(rows.all(), scores, {.resamples = 200});
  ASSERT_EQ(figures.size(), 2U);
  ASSERT_TRUE(figures[0].apgr && figures[1].apgr && figures[1].apgr_over_first);
  EXPECT_NEAR(figures[0].apgr->low, 0.5, 1e-9);
  EXPECT_NEAR(figures[0].apgr->high, 0.5, 1e-9);
  EXPECT_LT(figures[1].apgr->low, figures[1].apgr->value);
  EXPECT_GT(figures[1].apgr->high, figures[1].apgr->value);
  EXPECT_GT(figures[1].apgr_over_first->low, 0);
  EXPECT_EQ(figures[0].apgr_over_first->high, 0);
}

// 95 % intervals of the gap hold the true gap, which is 0.2, in about 95 % of draws.
TEST(QualityGap, ItsIntervalsHoldTheTruth) {
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Rows rows = drawn(150, seed);
    const Estimate gap = quality_gap(rows.all(), {.resamples = 200, .seed = seed});
    held += gap.low <= 0.2 && 0.2 <= gap.high;
  }
  EXPECT_GE(held, 180);  // 190 expected, standard deviation 3
}

}  // namespace
}  // namespace pointsman::learn
