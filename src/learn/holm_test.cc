#include "learn/holm.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

TEST(Holm, AdjustsAsTheProcedureSays) {
  const double given[] = {0.01, 0.04, 0.03, 0.005};
  const std::vector<double> adjusted = holm_adjusted(given);
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  ASSERT_EQ(adjusted.size(), 4U);
  for (std::size_t i = 0; i < adjusted.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12) << i;
}

TEST(Holm, LeavesASingleTestAloneAndNothingAsNothing) {
  const double one[] = {0.2};
  EXPECT_EQ(holm_adjusted(one), std::vector<double>{0.2});
  EXPECT_TRUE(holm_adjusted({}).empty());
}

TEST(Holm, SeldomRejectsAnyOfManyTrueHypotheses) {
  base::Rng rng(1);
  int wrong = 0;
  for (int run = 0; run < 2000; ++run) {
    std::vector<double> p_values(50);
    for (double& p : p_values) p = rng.uniform();
    bool any = false;
    for (const double p : holm_adjusted(p_values)) any = any || p <= 0.05;
    wrong += any ? 1 : 0;
  }
  EXPECT_LE(wrong, 126) << "5 % of 2000 may; a binomial stays within 126 with 99 %";
  EXPECT_GE(wrong, 60) << "independent p-values come near the level";
}

}  // namespace
}  // namespace pointsman::learn
