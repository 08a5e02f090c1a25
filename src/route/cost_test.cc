#include "route/cost.h"

#include <gtest/gtest.h>

#include <array>

#include "base/rng.h"

namespace pointsman::route {
namespace {

constexpr Prices kPrices{base::TokenPrice{2'500'000}, base::TokenPrice{1'250'000}, base::TokenPrice{10'000'000}};

TEST(Cost, ChargesTheCachedPartAtItsOwnPrice) {
  const auto cost = cost_of({1000, 400, 100, std::nullopt}, kPrices);
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->input, base::Money{1'500'000});
  EXPECT_EQ(cost->cached_input, base::Money{500'000});
  EXPECT_EQ(cost->output, base::Money{1'000'000});
  EXPECT_EQ(cost->total(), base::Money{3'000'000});
}

TEST(Cost, IsUnknownWhenUsageOrAPriceIsUnknownOrTheUsageMakesNoSense) {
  EXPECT_FALSE(cost_of({std::nullopt, {}, 1, {}}, kPrices));
  EXPECT_FALSE(cost_of({1, {}, std::nullopt, {}}, kPrices));
  EXPECT_FALSE(cost_of({1, {}, 1, {}}, {base::TokenPrice{1}, {}, {}}));
  EXPECT_FALSE(cost_of({10, 5, 1, {}}, {base::TokenPrice{1}, {}, base::TokenPrice{1}}));
  EXPECT_TRUE(cost_of({10, 0, 1, {}}, {base::TokenPrice{1}, {}, base::TokenPrice{1}}));
  EXPECT_FALSE(cost_of({10, 11, 1, {}}, kPrices));
  EXPECT_FALSE(cost_of({-1, {}, 1, {}}, kPrices));
  EXPECT_FALSE(cost_of({1, {}, -1, {}}, kPrices));
}

TEST(Cost, ReportsAddUpExactlyAndEachPartIsWithinHalfANano) {
  base::Rng rng(3);
  base::Money by_total;
  std::array<base::Money, 3> by_part{};
  for (int i = 0; i < 20'000; ++i) {
    const auto price = [&] { return base::TokenPrice{static_cast<std::int64_t>(rng.below(200'000'000))}; };
    const Prices prices{price(), price(), price()};
    const auto input = static_cast<std::int64_t>(rng.below(2'000'000));
    const auto cached = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(input) + 1));
    const auto output = static_cast<std::int64_t>(rng.below(200'000));
    const auto cost = cost_of({input, cached, output, {}}, prices);
    ASSERT_TRUE(cost.has_value());
    by_total += cost->total();
    by_part[0] += cost->input;
    by_part[1] += cost->cached_input;
    by_part[2] += cost->output;
    const std::int64_t exact_picos = (input - cached) * prices.input->picos;
    EXPECT_LE(std::abs(cost->input.nanos * 1000 - exact_picos), 500);
  }
  EXPECT_EQ(by_total, by_part[0] + by_part[1] + by_part[2]);
}

TEST(ExpectedCost, AssumesATypicalAnswerUnlessTheLimitIsLower) {
  EXPECT_EQ(expected_output({{}, 0, 0}), kTypicalOutput);
  EXPECT_EQ(expected_output({{}, 0, 100'000}), kTypicalOutput);
  EXPECT_EQ(expected_output({{}, 0, 16}), 16);
  EXPECT_EQ(expected_cost({{}, 1000, 16}, kPrices), base::Money{2'500'000 + 160'000});
  EXPECT_FALSE(expected_cost({{}, 1000, 16}, {}).has_value());
}

}  // namespace
}  // namespace pointsman::route
