#include "route/cold_prefix.h"

#include <gtest/gtest.h>

#include <limits>

namespace pointsman::route {
namespace {

using base::Money;
using base::TokenPrice;

// Dollars per million tokens, in millionths: 1 is $1 per million.
Prices prices(std::int64_t input, std::optional<std::int64_t> cached, std::int64_t output) {
  Prices out;
  out.input = TokenPrice{input * 1'000'000};
  if (cached) out.cached_input = TokenPrice{*cached * 1'000'000};
  out.output = TokenPrice{output * 1'000'000};
  return out;
}

TEST(ColdPrefix, CachesWholeStepsOfLongPromptsOnly) {
  EXPECT_EQ(cacheable(0), 0);
  EXPECT_EQ(cacheable(1023), 0);
  EXPECT_EQ(cacheable(1024), 1024);
  EXPECT_EQ(cacheable(1151), 1024);
  EXPECT_EQ(cacheable(1152), 1152);
}

TEST(ColdPrefix, ExpectsAnAutomaticCacheToHoldThePromptThatWasRead) {
  EXPECT_EQ(cached_after({.input_tokens = 5000, .cached_input_tokens = 0}, 9000, Caching::kAutomatic), 4992);
  EXPECT_EQ(cached_after({}, 9000, Caching::kAutomatic), 8960) << "the estimate, where no usage came";
  EXPECT_EQ(cached_after({.input_tokens = 900}, 9000, Caching::kAutomatic), 0);
}

TEST(ColdPrefix, BelievesWhatAProviderReportsThatCachesOnlyWhatIsMarked) {
  const llm::Usage reported{.input_tokens = 5000, .cached_input_tokens = 3000, .cache_write_tokens = 1500};
  EXPECT_EQ(cached_after(reported, 9000, Caching::kUnmarked), 4500);
  EXPECT_EQ(cached_after(reported, 9000, Caching::kMarked), 4500);
  const llm::Usage nothing{.input_tokens = 5000, .cached_input_tokens = 0, .cache_write_tokens = 0};
  EXPECT_EQ(cached_after(nothing, 9000, Caching::kMarked), 0);
  EXPECT_EQ(cached_after({.input_tokens = 5000}, 9000, Caching::kMarked), 4992);
  EXPECT_EQ(cached_after({.input_tokens = 5000}, 9000, Caching::kUnmarked), 0);
}

TEST(ColdPrefix, DoesNotBelieveMoreCachedTokensThanThePromptHas) {
  const llm::Usage absurd{.input_tokens = 5000,
                          .cached_input_tokens = std::numeric_limits<std::int64_t>::max(),
                          .cache_write_tokens = std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(cached_after(absurd, 0, Caching::kMarked), 5000);
  EXPECT_EQ(cached_after({.input_tokens = -4}, 0, Caching::kAutomatic), 0);
}

// Worked by hand: 2,000 tokens of prompt, 1,024 of them cached, 500 of answer, and two turns more.
TEST(ColdPrefix, PricesStayingAndGoingByTheFormula) {
  const Prices last = prices(4, 1, 10);
  const Prices other = prices(2, std::nullopt, 5);
  const auto going = price_of_going({.prompt = 2'000, .cached = 1'024, .answer = 500, .later = 2}, last, other);
  ASSERT_TRUE(going);
  EXPECT_EQ(going->cold.nanos, 1000 * 1'024) << "1,024 tokens at $2 instead of $1 a million";
  // 1,024 x 1 + 976 x 4 + 500 x 10; then 2,976 tokens, 1,920 of them cached; then 3,952, 2,944 of them cached.
  EXPECT_EQ(going->stay.nanos, 1000 * (9'928 + (1'920 + 4'224 + 5'000) + (2'944 + 4'032 + 5'000)));
  // Without a price for cached tokens there is no discount: 2 a token of prompt, and 2,500 an answer.
  EXPECT_EQ(going->go.nanos, 1000 * (4'000 + 5'952 + 7'904 + 3 * 2'500));
}

TEST(ColdPrefix, IsShorterWhereTheOtherModelIsWarmItself) {
  const Prices last = prices(4, 1, 10);
  const Prices other = prices(6, 2, 10);
  const WarmTurn turn{.prompt = 20'000, .cached = 19'200, .answer = 500, .later = 3};
  WarmTurn warm = turn;
  warm.cached_at_other = 10'240;
  const auto from_nothing = price_of_going(turn, last, other);
  const auto from_there = price_of_going(warm, last, other);
  ASSERT_TRUE(from_nothing && from_there);
  EXPECT_EQ(from_nothing->cold.nanos, 1000 * 19'200 * 5);
  EXPECT_EQ(from_there->cold.nanos, 1000 * (19'200 * 5 - 10'240 * 4));
  EXPECT_EQ((from_nothing->go - from_there->go).nanos, 1000 * 10'240 * 4);
  EXPECT_EQ(from_nothing->stay, from_there->stay);
}

TEST(ColdPrefix, TellsFromItsPriceWhatTheOtherModelHad) {
  const Prices last = prices(4, 1, 10);
  const Prices other = prices(6, 2, 10);
  for (std::int64_t warm = 0; warm <= 19'200; warm += 640) {
    const auto going = price_of_going({.prompt = 20'000, .cached = 19'200, .cached_at_other = warm}, last, other);
    EXPECT_EQ(cached_at_other(going->cold, 19'200, last, other), warm);
  }
  EXPECT_EQ(cached_at_other({5}, 19'200, last, prices(6, std::nullopt, 10)), 0) << "it has no discount";
  EXPECT_EQ(cached_at_other({INT64_MIN}, 19'200, last, other), 19'200);
  EXPECT_EQ(cached_at_other({INT64_MAX}, 19'200, last, other), 0);
}

TEST(ColdPrefix, ExpectsALongConversationToBeHalfWay) {
  const Prices last = prices(4, 1, 10);
  const Prices other = prices(2, std::nullopt, 5);
  const auto going = [&](int later) {
    return price_of_going({.prompt = 20'000, .cached = 19'200, .answer = 500, .later = later}, last, other)->go;
  };
  EXPECT_EQ(going(4), going(25)) << "25 turns of 800 tokens each";
  EXPECT_LT(going(25), going(26));
}

TEST(ColdPrefix, CountsWhatTheProviderKeepsAsPartOfThePrompt) {
  const Prices same = prices(4, 1, 10);
  const auto kept = price_of_going({.prompt = 800, .cached = 19'200, .answer = 500, .later = 3}, same, same);
  const auto sent = price_of_going({.prompt = 20'000, .cached = 19'200, .answer = 500, .later = 3}, same, same);
  ASSERT_TRUE(kept && sent);
  EXPECT_EQ(kept->go, sent->go);
  EXPECT_EQ(kept->stay, sent->stay);
}

TEST(ColdPrefix, AnUnknownPriceGivesNoComparison) {
  Prices unknown = prices(4, 1, 10);
  unknown.output.reset();
  EXPECT_FALSE(price_of_going({.prompt = 2000, .cached = 1024}, unknown, prices(1, 1, 1)));
  EXPECT_FALSE(price_of_going({.prompt = 2000, .cached = 1024}, prices(1, 1, 1), unknown));
}

TEST(ColdPrefix, StaysFiniteWhateverItIsGiven) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  Prices dear = prices(1, 1, 1);
  dear.input = dear.output = TokenPrice{kMost};
  const WarmTurn absurd{.prompt = kMost, .cached = kMost, .answer = kMost, .later = std::numeric_limits<int>::max()};
  const auto going = price_of_going(absurd, dear, dear);
  ASSERT_TRUE(going);
  EXPECT_EQ(going->go.nanos, kMost);
  EXPECT_TRUE(price_of_going({.prompt = -5, .cached = -7, .answer = -1, .later = -1}, dear, dear));
}

}  // namespace
}  // namespace pointsman::route
