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
  EXPECT_EQ(cost->input.amount, base::Money{1'500'000});
  EXPECT_EQ(cost->cached_input.amount, base::Money{500'000});
  EXPECT_EQ(cost->output.amount, base::Money{1'000'000});
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
    by_part[0] += cost->input.amount;
    by_part[1] += cost->cached_input.amount;
    by_part[2] += cost->output.amount;
    const std::int64_t exact_picos = (input - cached) * prices.input->picos;
    EXPECT_LE(std::abs(cost->input.amount.nanos * 1000 - exact_picos), 500);
  }
  EXPECT_EQ(by_total, by_part[0] + by_part[1] + by_part[2]);
}

Prices with_cache_writes() {
  return {.input = base::TokenPrice{5'000'000},
          .cached_input = base::TokenPrice{500'000},
          .output = base::TokenPrice{25'000'000},
          .cache_write = base::TokenPrice{6'250'000},
          .long_cache_write = base::TokenPrice{10'000'000}};
}

TEST(Cost, ChargesCacheWritesByHowLongTheyAreKept) {
  const llm::Usage usage{.input_tokens = 10'000,
                         .cached_input_tokens = 4'000,
                         .output_tokens = 100,
                         .reasoning_tokens = 40,
                         .cache_write_tokens = 5'000,
                         .long_cache_write_tokens = 2'000};
  const auto cost = cost_of(usage, with_cache_writes());
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->input.tokens, 1'000);
  EXPECT_EQ(cost->input.amount, base::Money{5'000'000});
  EXPECT_EQ(cost->cached_input.amount, base::Money{2'000'000});
  EXPECT_EQ(cost->cache_write.tokens, 3'000);
  EXPECT_EQ(cost->cache_write.amount, base::Money{18'750'000});
  EXPECT_EQ(cost->long_cache_write.amount, base::Money{20'000'000});
  EXPECT_EQ(cost->output.tokens, 100);  // reasoning is part of it
  EXPECT_EQ(cost->reasoning.tokens, 0);
  EXPECT_EQ(cost->total(), base::Money{48'250'000});
}

TEST(Cost, IsUnknownWhereAPartThatWasUsedHasNoPrice) {
  const llm::Usage written{.input_tokens = 10, .output_tokens = 1, .cache_write_tokens = 4};
  EXPECT_FALSE(cost_of(written, kPrices));
  EXPECT_TRUE(cost_of(written, with_cache_writes()));
  EXPECT_TRUE(cost_of({.input_tokens = 10, .output_tokens = 1, .cache_write_tokens = 0}, kPrices));
  Prices short_only = with_cache_writes();
  short_only.long_cache_write.reset();
  EXPECT_TRUE(cost_of(written, short_only));
  EXPECT_FALSE(cost_of({.input_tokens = 10, .output_tokens = 1, .long_cache_write_tokens = 4}, short_only));
}

TEST(Cost, IsUnknownWhereThePartsDoNotFitIntoTheWhole) {
  const Prices prices = with_cache_writes();
  EXPECT_FALSE(
      cost_of({.input_tokens = 10, .cached_input_tokens = 6, .output_tokens = 1, .cache_write_tokens = 5}, prices));
  EXPECT_FALSE(
      cost_of({.input_tokens = 10, .output_tokens = 1, .cache_write_tokens = 4, .long_cache_write_tokens = 5}, prices));
  EXPECT_FALSE(cost_of({.input_tokens = 10, .output_tokens = 5, .reasoning_tokens = 6}, prices));
  EXPECT_FALSE(cost_of({.input_tokens = 10, .output_tokens = 5, .cache_write_tokens = -1}, prices));
  EXPECT_FALSE(cost_of({.input_tokens = INT64_MAX, .output_tokens = INT64_MAX}, prices));
}

TEST(Cost, ChargesReasoningApartOnlyWhereItHasAPriceOfItsOwn) {
  Prices prices = kPrices;
  prices.reasoning = base::TokenPrice{3'000'000};
  const auto cost = cost_of({.input_tokens = 0, .output_tokens = 100, .reasoning_tokens = 60}, prices);
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->output.amount, base::Money{400'000});
  EXPECT_EQ(cost->reasoning.amount, base::Money{180'000});
  EXPECT_FALSE(cost_of({.input_tokens = 0, .output_tokens = 100}, prices));  // how much was reasoning?
}

TEST(Cost, ChargesPicturesOnlyWhereTheyAreBilledApart) {
  Prices prices = kPrices;
  EXPECT_TRUE(cost_of({.input_tokens = 1, .output_tokens = 1}, prices, std::nullopt));
  prices.image = base::Money{2'000'000};
  EXPECT_EQ(cost_of({.input_tokens = 0, .output_tokens = 0}, prices, 3)->total(), base::Money{6'000'000});
  EXPECT_FALSE(cost_of({.input_tokens = 1, .output_tokens = 1}, prices, std::nullopt));
}

Prices tiered() {
  Prices prices = with_cache_writes();
  PriceTier tier;
  tier.above = 200'000;
  tier.input = base::TokenPrice{10'000'000};
  tier.output = base::TokenPrice{37'500'000};
  prices.tiers.push_back(tier);
  return prices;
}

TEST(Cost, FollowsTheServiceTierThatTheProviderNames) {
  using enum llm::ServiceTier;
  const auto total = [](llm::ServiceTier tier, const Prices& prices) -> std::optional<base::Money> {
    const auto cost = cost_of({.input_tokens = 1000, .output_tokens = 100, .tier = tier}, prices);
    return cost ? std::optional(cost->total()) : std::nullopt;
  };
  Prices prices = kPrices;
  EXPECT_EQ(total(kStandard, prices), base::Money{3'500'000});
  for (const auto tier : {kFlex, kPriority, kBatch, kOther}) EXPECT_FALSE(total(tier, prices)) << llm::to_string(tier);
  prices.flex = 0.5;
  prices.priority = 2;
  prices.batch = 0.25;
  EXPECT_EQ(total(kFlex, prices), base::Money{1'750'000});
  EXPECT_EQ(total(kPriority, prices), base::Money{7'000'000});
  EXPECT_EQ(total(kBatch, prices), base::Money{875'000});
  EXPECT_FALSE(total(kOther, prices));
  // Whether pictures are billed at the tier's share nobody says.
  prices.image = base::Money{1};
  EXPECT_EQ(total(kFlex, prices), base::Money{1'750'000});
  EXPECT_FALSE(cost_of({.input_tokens = 1, .output_tokens = 1, .tier = kFlex}, prices, 1));
}

TEST(Cost, OfAnotherModelNeverFlattersAtATierThatItHasNoPriceFor) {
  using enum llm::ServiceTier;
  const auto total = [](llm::ServiceTier tier) -> std::optional<base::Money> {
    const auto cost = counterfactual_cost({.input_tokens = 1000, .output_tokens = 100, .tier = tier}, kPrices);
    return cost ? std::optional(cost->total()) : std::nullopt;
  };
  EXPECT_EQ(total(kPriority), total(kStandard));
  EXPECT_FALSE(total(kFlex));
}

TEST(Cost, PricesTheWholeRequestAtTheTierOfItsPrompt) {
  const auto below = cost_of({.input_tokens = 200'000, .output_tokens = 1'000}, tiered());
  const auto above = cost_of({.input_tokens = 200'001, .output_tokens = 1'000}, tiered());
  ASSERT_TRUE(below && above);
  EXPECT_EQ(below->tier, 0);
  EXPECT_EQ(below->total(), base::Money{1'000'000'000 + 25'000'000});
  EXPECT_EQ(above->tier, 200'000);
  EXPECT_EQ(above->total(), base::Money{2'000'010'000 + 37'500'000});
}

TEST(Cost, DoesNotTakeAPriceFromAnotherTier) {
  EXPECT_FALSE(cost_of({.input_tokens = 300'000, .cached_input_tokens = 1, .output_tokens = 1}, tiered()));
  EXPECT_TRUE(cost_of({.input_tokens = 100'000, .cached_input_tokens = 1, .output_tokens = 1}, tiered()));
}

std::optional<base::TokenPrice> some_price(base::Rng& rng) {
  if (rng.below(8) == 0) return std::nullopt;
  return base::TokenPrice{static_cast<std::int64_t>(rng.below(50'000'000))};
}

template <class R>
void random_rates(base::Rng& rng, R& out) {
  out.input = base::TokenPrice{static_cast<std::int64_t>(rng.below(50'000'000))};
  out.output = base::TokenPrice{static_cast<std::int64_t>(rng.below(50'000'000))};
  out.cached_input = some_price(rng);
  out.cache_write = some_price(rng);
  out.long_cache_write = some_price(rng);
  if (rng.below(4) == 0) out.reasoning = some_price(rng);
}

Prices random_prices(base::Rng& rng) {
  Prices prices;
  random_rates(rng, prices);
  for (std::uint64_t i = rng.below(3); i > 0; --i) {
    PriceTier tier;
    random_rates(rng, tier);
    tier.above = (prices.tiers.empty() ? 0 : prices.tiers.back().above) + 1 + static_cast<std::int64_t>(rng.below(500));
    prices.tiers.push_back(tier);
  }
  return prices;
}

llm::Usage random_usage(base::Rng& rng, std::int64_t prompt, std::int64_t answer) {
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most) + 1));
  };
  llm::Usage usage;
  usage.input_tokens = up_to(prompt);
  usage.cached_input_tokens = up_to(*usage.input_tokens);
  usage.cache_write_tokens = up_to(*usage.input_tokens - *usage.cached_input_tokens);
  usage.long_cache_write_tokens = up_to(*usage.cache_write_tokens);
  usage.output_tokens = up_to(answer);
  usage.reasoning_tokens = up_to(*usage.output_tokens);
  return usage;
}

TEST(WorstCase, IsNeverLessThanWhatAnythingWithinItsBoundsCosts) {
  base::Rng rng(11);
  int compared = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Prices prices = random_prices(rng);
    const auto prompt = static_cast<std::int64_t>(rng.below(1'500));
    const auto output = static_cast<std::int64_t>(rng.below(800));
    const auto choices = static_cast<std::int64_t>(1 + rng.below(3));
    const auto worst = worst_case(prompt, output, prices, choices);
    ASSERT_TRUE(worst.has_value());
    for (int k = 0; k < 4; ++k) {
      const auto cost = cost_of(random_usage(rng, prompt, output * choices), prices);
      if (!cost) continue;
      ++compared;
      ASSERT_LE(cost->total(), *worst) << i;
    }
  }
  EXPECT_GT(compared, 20'000);
}

TEST(WorstCase, TakesTheDearestPriceOfThePromptAndEveryAnswer) {
  EXPECT_EQ(worst_case(1'000, 500, with_cache_writes(), 2), base::Money{10'000'000 + 25'000'000 + 3});
  EXPECT_EQ(worst_case(1'000, 500, kPrices), base::Money{2'500'000 + 5'000'000 + 3});
}

TEST(WorstCase, OfARequestForPriorityCoversItsPrice) {
  Prices prices = kPrices;
  EXPECT_FALSE(worst_case(1000, 100, prices, 1, 0, true));
  base::Rng rng(11);
  for (int i = 0; i < 5'000; ++i) {
    const auto price = [&] { return base::TokenPrice{static_cast<std::int64_t>(rng.below(50'000'000))}; };
    prices = {.input = price(), .output = price()};
    prices.priority = static_cast<double>(rng.below(10'000)) / 1000;
    const auto input = static_cast<std::int64_t>(rng.below(1'000'000)) + 1;
    const auto output = static_cast<std::int64_t>(rng.below(100'000)) + 1;
    const auto most = worst_case(input, output, prices, 1, 0, true);
    ASSERT_TRUE(most);
    for (const auto tier : {llm::ServiceTier::kStandard, llm::ServiceTier::kPriority}) {
      const auto cost = cost_of({.input_tokens = input, .output_tokens = output, .tier = tier}, prices);
      ASSERT_TRUE(cost);
      EXPECT_LE(cost->total(), *most);
    }
  }
}

TEST(WorstCase, IsUnknownWithoutPricesOrBounds) {
  EXPECT_FALSE(worst_case(10, 10, {}));
  EXPECT_FALSE(worst_case(10, 10, {base::TokenPrice{1}, {}, {}}));
  EXPECT_FALSE(worst_case(-1, 10, kPrices));
  EXPECT_FALSE(worst_case(10, INT64_MAX, kPrices, 2));
  Prices prices = kPrices;
  prices.image = base::Money{1};
  EXPECT_FALSE(worst_case(10, 10, prices, 1, std::nullopt));
  EXPECT_EQ(worst_case(10, 0, prices, 1, 2), base::Money{25'000 + 3 + 2});
}

TEST(ExpectedCost, IsThatOfTheTierThatThePromptFallsInto) {
  EXPECT_EQ(expected_cost({{}, 200'001, 16}, tiered()), base::Money{2'000'010'000 + 600'000});
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
