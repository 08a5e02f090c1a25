#include "learn/paired_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

PairedCounts drawn(std::size_t rows, double mends, double breaks, base::Rng& rng) {
  PairedCounts out{.rows = rows};
  for (std::size_t i = 0; i < rows; ++i) {
    const double u = rng.uniform();
    out.mended += u < mends ? 1 : 0;
    out.broken += u >= mends && u < mends + breaks ? 1 : 0;
  }
  return out;
}

// How many of `runs` draws prove a fall below `margin` at 5 %.
int proved(std::size_t rows, double mends, double breaks, double margin, int runs) {
  base::Rng rng(1);
  std::map<std::pair<std::size_t, std::size_t>, bool> known;
  int out = 0;
  for (int run = 0; run < runs; ++run) {
    const PairedCounts counts = drawn(rows, mends, breaks, rng);
    const auto [at, fresh] = known.try_emplace({counts.mended, counts.broken}, false);
    if (fresh) at->second = not_worse_p_value(counts, margin) <= 0.05;
    out += at->second ? 1 : 0;
  }
  return out;
}

TEST(PairedComparison, GivesMcNemarsExactTail) {
  EXPECT_NEAR(fell_p_value({100, 2, 8}), 56.0 / 1024, 1e-12);
  EXPECT_NEAR(fell_p_value({100, 0, 5}), 1.0 / 32, 1e-12);
  EXPECT_DOUBLE_EQ(fell_p_value({100, 0, 0}), 1);
}

TEST(PairedComparison, ProvesWithoutAnyDifferenceWhatTheRowsAllow) {
  // Nothing broke nor mended in n rows: at a fall of m the likeliest way to see that has the chance (1 - m)^n.
  EXPECT_NEAR(not_worse_p_value({149, 0, 0}, 0.02), std::pow(0.98, 149) + 1e-4, 1e-9);
  EXPECT_EQ(rows_if_faultless(0.02, 0.05), 149U);
  EXPECT_GT(not_worse_p_value({148, 0, 0}, 0.02), 0.05);
}

TEST(PairedComparison, IsTheTrinomialTailOfThreeRows) {
  // Three rows, all of them mended: nothing is further out. At a fall of m no more than (1 - m) / 2 mend.
  EXPECT_NEAR(not_worse_p_value({3, 3, 0}, 0.1), std::pow(0.45, 3) + 1e-4, 1e-6);
}

TEST(PairedComparison, ProvesLessTheMoreBreaksAndTheLessMends) {
  double before = 0;
  for (std::size_t broken = 0; broken < 30; broken += 3) {
    const double p = not_worse_p_value({400, 8, broken}, 0.03);
    EXPECT_GE(p, before) << broken;
    before = p;
  }
  EXPECT_LT(not_worse_p_value({400, 12, 8}, 0.03), not_worse_p_value({400, 4, 8}, 0.03));
  EXPECT_DOUBLE_EQ(not_worse_p_value({0, 0, 0}, 0.02), 1);
}

TEST(PairedComparison, SeldomPassesAFallOfExactlyTheMargin) {
  constexpr int kRuns = 2000;
  for (const double mends : {0.0, 0.01, 0.05, 0.2}) {
    const int passed = proved(300, mends, mends + 0.03, 0.03, kRuns);
    EXPECT_LE(passed, 124) << mends << ": 5 % of 2000 may; a binomial stays within 124 with 99 %";
  }
  EXPECT_GE(proved(300, 0.05, 0.08, 0.03, kRuns), 60) << "nor is the test much stricter than it says";
}

TEST(PairedComparison, PassesMostThatAreAsGoodOrBetter) {
  EXPECT_GE(proved(1000, 0.02, 0.02, 0.02, 500), 450);
  EXPECT_GE(proved(500, 0.05, 0.02, 0.02, 500), 450);
}

TEST(PairedComparison, HasAnIntervalThatHoldsAsOftenAsItSays) {
  base::Rng rng(3);
  int below = 0;
  int above = 0;
  for (int run = 0; run < 60; ++run) {
    const Interval interval = fall_interval(drawn(200, 0.04, 0.07, rng), 0.05);
    below += interval.high < 0.03 ? 1 : 0;
    above += interval.low > 0.03 ? 1 : 0;
  }
  EXPECT_LE(below, 8) << "5 % of 60 may; a binomial stays within 8 with 99 %";
  EXPECT_LE(above, 8);
}

TEST(PairedComparison, HasAnIntervalThatTurnsAroundWithTheClassifiers) {
  const Interval one = fall_interval({250, 4, 11}, 0.05);
  const Interval other = fall_interval({250, 11, 4}, 0.05);
  EXPECT_NEAR(one.low, -other.high, 1e-9);
  EXPECT_NEAR(one.high, -other.low, 1e-9);
  EXPECT_LT(one.low, 0.028);
  EXPECT_GT(one.high, 0.028);
}

TEST(PairedComparison, SaysHowManyRowsWouldDo) {
  EXPECT_EQ(rows_to_prove({0, 0, 0}, 0.02, 0.05), 149U);
  EXPECT_FALSE(rows_to_prove({100, 0, 2}, 0.02, 0.05)) << "what falls by the margin is never proved to fall by less";
  const auto needed = rows_to_prove({100, 3, 4}, 0.02, 0.05);
  ASSERT_TRUE(needed);
  EXPECT_LE(not_worse_p_value({*needed * 11 / 10, *needed * 33 / 1000, *needed * 44 / 1000}, 0.02), 0.06);
  EXPECT_EQ(rows_to_notice(0.3, 0.05), 17U) << "five broken rows have the chance 1/32";
}

std::vector<Difference> differences(std::size_t rows, double mean, double weight, base::Rng& rng) {
  std::vector<Difference> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const double value = (rng.uniform() < 0.05 + mean ? 1 : 0) - (rng.uniform() < 0.05 ? 1 : 0);
    out.push_back({value, rng.uniform() < 0.5 ? 1 : weight});
  }
  return out;
}

TEST(WeightedDifferences, SeldomProvesWhatIsNotSo) {
  base::Rng rng(5);
  int wrong = 0;
  for (std::uint64_t run = 0; run < 1000; ++run) {
    wrong += WeightedDifferences(differences(300, 0.03, 4, rng), run).proves_below(0.03, 0.05) ? 1 : 0;
  }
  EXPECT_LE(wrong, 67) << "5 % of 1000 may; a binomial stays within 67 with 99 %";
}

TEST(WeightedDifferences, ProvesWhatIsSoFromEnoughRows) {
  base::Rng rng(6);
  const WeightedDifferences rows(differences(3000, 0, 4, rng), 1);
  EXPECT_TRUE(rows.proves_below(0.03, 0.05));
  const Interval interval = rows.interval(0.05);
  EXPECT_LT(interval.low, rows.mean());
  EXPECT_GT(interval.high, rows.mean());
  EXPECT_LE(interval.high, 0.03);
  EXPECT_FALSE(WeightedDifferences({}, 1).proves_below(0.5, 0.05));
}

TEST(WeightedDifferences, DoesNotDependOnTheOrderOfTheRows) {
  base::Rng rng(7);
  std::vector<Difference> rows = differences(400, 0.01, 9, rng);
  const Interval before = WeightedDifferences(rows, 3).interval(0.05);
  std::ranges::reverse(rows);
  const Interval after = WeightedDifferences(rows, 3).interval(0.05);
  EXPECT_EQ(before.low, after.low);
  EXPECT_EQ(before.high, after.high);
}

}  // namespace
}  // namespace pointsman::learn
