#include "learn/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pointsman::learn {
namespace {

// `counts[i][j]` items that the first calls i and the second j.
std::vector<SaidLabel> table(const std::vector<std::vector<int>>& counts, const std::string& first = "ann",
                             const std::string& second = "bob") {
  std::vector<SaidLabel> out;
  int item = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (std::size_t j = 0; j < counts.size(); ++j) {
      for (int k = 0; k < counts[i][j]; ++k) {
        const std::string name = "item" + std::to_string(item++);
        out.push_back({first, name, "c" + std::to_string(i)});
        out.push_back({second, name, "c" + std::to_string(j)});
      }
    }
  }
  return out;
}

TEST(Agreement, IsWhatCohenDefined) {
  // Observed 0.7; expected 0.5 x 0.6 + 0.5 x 0.4 = 0.5.
  const auto report = measure_agreement(table({{20, 5}, {10, 15}}));
  ASSERT_EQ(report.pairs.size(), 1U);
  const PairAgreement& pair = report.pairs.front();
  EXPECT_EQ(pair.first, "ann");
  EXPECT_EQ(pair.second, "bob");
  EXPECT_EQ(pair.same.hits, 35U);
  EXPECT_EQ(pair.same.of, 50U);
  EXPECT_NEAR(pair.expected, 0.5, 1e-12);
  ASSERT_TRUE(pair.kappa.has_value());
  EXPECT_NEAR(pair.kappa->value, 0.4, 1e-12);
}

TEST(Agreement, HasTheLargeSampleIntervalOfFleissCohenAndEveritt) {
  // Worked by hand from equation 13: diagonal 0.4 (0.5 - 1.1 x 0.3)^2 + 0.3 (0.5 - 0.9 x 0.3)^2 = 0.02743,
  // beside 0.09 (0.1 x 1.1^2 + 0.2 x 0.9^2) = 0.02547, rest (0.35 - 1 + 0.7)^2 = 0.0025, over 50 x 0.5^4.
  const auto report = measure_agreement(table({{20, 5}, {10, 15}}));
  const Kappa kappa = *report.pairs.front().kappa;
  const double half = 1.959964 * std::sqrt((0.02743 + 0.02547 - 0.0025) / (50 * 0.5 * 0.5 * 0.5 * 0.5));
  EXPECT_NEAR(kappa.high, 0.4 + half, 1e-9);
  EXPECT_NEAR(kappa.low, 0.4 - half, 1e-9);
}

TEST(Agreement, IsOneWhereAllAgreeAndNothingWhereChanceAloneAlwaysWould) {
  const auto all = measure_agreement(table({{7, 0}, {0, 5}}));
  EXPECT_NEAR(all.pairs.front().kappa->value, 1, 1e-12);
  EXPECT_NEAR(all.pairs.front().kappa->low, 1, 1e-6);
  const auto one = measure_agreement(table({{7}}));
  EXPECT_EQ(one.pairs.front().same.value(), 1);
  EXPECT_FALSE(one.pairs.front().kappa.has_value());
  EXPECT_FALSE(one.overall.has_value());
}

TEST(Agreement, OverallPoolsThePairsByWhatTheyShare) {
  auto labels = table({{20, 5}, {10, 15}});
  for (SaidLabel& one : table({{9, 0}, {0, 9}}, "cyn", "dan")) {
    one.item = "other " + one.item;
    labels.push_back(one);
  }
  const auto report = measure_agreement(labels);
  ASSERT_EQ(report.pairs.size(), 2U);
  EXPECT_EQ(report.items, 68U);
  EXPECT_EQ(report.same.hits, 53U);
  ASSERT_TRUE(report.overall.has_value());
  // Observed 53 of 68, expected half of them.
  EXPECT_NEAR(report.overall->value, (53 - 34) / 34.0, 1e-12);
  EXPECT_LT(report.overall->low, report.overall->value);
  EXPECT_GT(report.overall->high, report.overall->value);
  EXPECT_GT(report.overall->low, 0);
}

TEST(Agreement, CountsEveryPairOfThreeWhoLabelTheSame) {
  const std::vector<SaidLabel> labels = {{"a", "1", "x"}, {"b", "1", "x"}, {"c", "1", "y"},
                                         {"a", "2", "y"}, {"b", "2", "y"}, {"c", "2", "y"}};
  const auto report = measure_agreement(labels);
  EXPECT_EQ(report.pairs.size(), 3U);
  EXPECT_EQ(report.items, 2U);
  EXPECT_EQ(report.same.of, 6U);
  EXPECT_EQ(report.same.hits, 4U);
}

TEST(Agreement, TakesWhatWasSaidLastAndNoneOfThemIsACategory) {
  const std::vector<SaidLabel> labels = {{"a", "1", "x"}, {"b", "1", ""},  {"a", "1", ""},
                                         {"a", "2", "x"}, {"b", "2", "x"}, {"a", "3", "x"}};
  const auto report = measure_agreement(labels);
  ASSERT_EQ(report.pairs.size(), 1U);
  EXPECT_EQ(report.pairs.front().same.hits, 2U);
  EXPECT_EQ(report.pairs.front().same.of, 2U);
}

TEST(Agreement, OfNobodyOrOnePersonIsNothing) {
  EXPECT_TRUE(measure_agreement({}).pairs.empty());
  const std::vector<SaidLabel> labels = {{"a", "1", "x"}, {"a", "2", "y"}};
  const auto report = measure_agreement(labels);
  EXPECT_TRUE(report.pairs.empty());
  EXPECT_EQ(report.items, 0U);
  EXPECT_FALSE(report.overall.has_value());
}

TEST(Agreement, IsTheSameInEveryOrderOfPeopleWhoDoNotChangeTheirMinds) {
  auto labels = table({{20, 5, 1}, {10, 15, 2}, {0, 3, 6}});
  const auto report = measure_agreement(labels);
  std::vector<SaidLabel> reversed(labels.rbegin(), labels.rend());
  const auto again = measure_agreement(reversed);
  EXPECT_DOUBLE_EQ(report.pairs.front().kappa->value, again.pairs.front().kappa->value);
  EXPECT_DOUBLE_EQ(report.pairs.front().kappa->low, again.pairs.front().kappa->low);
  EXPECT_DOUBLE_EQ(report.overall->low, again.overall->low);
}

}  // namespace
}  // namespace pointsman::learn
