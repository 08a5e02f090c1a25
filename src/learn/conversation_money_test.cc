#include "learn/conversation_money.h"

#include <gtest/gtest.h>

#include "learn/expected_mistakes.h"

namespace pointsman::learn {
namespace {

using std::chrono::minutes;

CallTime at(int minute) {
  return CallTime(minutes(minute));
}

PricedCall call(std::uint64_t conversation, int minute, std::optional<std::int64_t> nanos, std::uint32_t version = 0) {
  PricedCall out{.conversation = conversation, .at = at(minute), .version = version};
  if (nanos) out.cost = base::Money{*nanos};
  return out;
}

TEST(ConversationMoney, AddsUpTheCallsOfAConversation) {
  const auto all = conversations_of(std::vector{call(1, 0, 10), call(2, 1, 5), call(1, 5, 30)}, at(100));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].calls, 2U);
  EXPECT_EQ(all[0].cost, base::Money{40});
  EXPECT_EQ(all[1].cost, base::Money{5});
}

TEST(ConversationMoney, TakesALongSilenceForTheEnd) {
  // "hi" begins many conversations.
  const auto all = conversations_of(std::vector{call(1, 0, 10), call(1, 20, 10), call(1, 51, 10)}, at(60));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].calls, 2U);
  EXPECT_TRUE(all[0].finished);
  EXPECT_FALSE(all[1].finished);
}

TEST(ConversationMoney, KeepsCallsOfNoConversationApart) {
  EXPECT_EQ(conversations_of(std::vector{call(0, 0, 1), call(0, 1, 1)}, at(100)).size(), 2U);
}

TEST(ConversationMoney, CountsFinishedOnesOfKnownCostOnly) {
  const auto all = conversations_of(
      std::vector{call(1, 0, 10), call(2, 0, 30), call(3, 0, 5), call(3, 1, std::nullopt), call(4, 99, 7)}, at(100));
  const ConversationMoney money = money_of(all);
  EXPECT_EQ(money.finished, 2U);
  EXPECT_EQ(money.unknown, 1U);
  EXPECT_EQ(money.unfinished, 1U);
  EXPECT_EQ(money.total, base::Money{40});
  EXPECT_NEAR(money.cost.value, 20e-9, 1e-18);
}

TEST(ConversationMoney, TellsVersionsApartAndLeavesMixedOnesOut) {
  const auto all =
      conversations_of(std::vector{call(1, 0, 10, 1), call(2, 0, 30, 2), call(3, 0, 5, 1), call(3, 1, 5, 2)}, at(100));
  EXPECT_EQ(money_of_version(all, 1).total, base::Money{10});
  EXPECT_EQ(money_of_version(all, 2).total, base::Money{30});
  EXPECT_EQ(money_of(all).finished, 3U);
}

TEST(ConversationMoney, ComparesTheSameConversations) {
  // The costs spread far more than what the other decisions change: the pairs show it, two intervals would not.
  std::vector<PricedCall> calls;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    PricedCall one = call(i, 0, static_cast<std::int64_t>(i * i) * 1'000'000'000);
    one.other_cost = *one.cost + base::Money{-500'000'000 - static_cast<std::int64_t>(i % 2)};
    calls.push_back(one);
  }
  const ConversationMoney money = money_of(conversations_of(calls, at(100)), {.compared = true});
  EXPECT_LT(money.cost.low, money.other_cost.high);
  EXPECT_LT(money.difference.high, -0.49);
  EXPECT_GT(money.difference.low, -0.51);
}

TEST(ConversationMoney, AComparisonNeedsBothCosts) {
  std::vector<PricedCall> calls{call(1, 0, 10), call(2, 0, 20)};
  calls[0].other_cost = base::Money{5};
  const ConversationMoney money = money_of(conversations_of(calls, at(100)), {.compared = true});
  EXPECT_EQ(money.finished, 1U);
  EXPECT_EQ(money.unknown, 1U);
  EXPECT_EQ(money.total, base::Money{10});
}

TEST(ConversationMoney, OfNothingIsNothing) {
  const ConversationMoney money = money_of({});
  EXPECT_EQ(money.finished, 0U);
  EXPECT_EQ(money.cost.value, 0);
}

TEST(ConversationMoney, MayCostMoreThoughEachCallCostsLess) {
  // Version 1 answers at once for 10; version 2 takes four calls at 4.
  std::vector<PricedCall> calls;
  for (std::uint64_t i = 0; i < 20; ++i) {
    calls.push_back(call(100 + i, 0, 10, 1));
    for (int turn = 0; turn < 4; ++turn) calls.push_back(call(200 + i, turn, 4, 2));
  }
  const auto all = conversations_of(calls, at(100));
  EXPECT_GT(money_of_version(all, 2).cost.low, money_of_version(all, 1).cost.high);
  EXPECT_DOUBLE_EQ(money_of_version(all, 2).calls_each(), 4);
}

TEST(ExpectedMistakes, AddUpDoubt) {
  ExpectedMistakes sum;
  for (int i = 0; i < 100; ++i) sum.add(0.9);
  const Estimate one = sum.interval();
  EXPECT_NEAR(one.value, 10, 1e-9);
  // The binomial's 2.5 % and 97.5 % quantiles are 5 and 16.
  EXPECT_NEAR(one.low, 5, 0.8);
  EXPECT_NEAR(one.high, 16, 0.8);
  EXPECT_EQ(sum.decisions(), 100U);
}

TEST(ExpectedMistakes, AreNeitherNegativeNorMoreThanDecisions) {
  ExpectedMistakes few;
  few.add(0.99);
  EXPECT_GE(few.interval().low, 0);
  EXPECT_LE(few.interval().high, 1);
  ExpectedMistakes certain;
  certain.add(1);
  EXPECT_EQ(certain.interval().high, 0);
  EXPECT_EQ(ExpectedMistakes().interval().value, 0);
}

}  // namespace
}  // namespace pointsman::learn
