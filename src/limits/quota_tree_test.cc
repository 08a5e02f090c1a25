#include "limits/quota_tree.h"

#include <gtest/gtest.h>

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using base::MonoTime;
using base::WallTime;

constexpr std::int64_t kDollar = 1'000'000'000;

WallTime noon(unsigned day) {
  return std::chrono::sys_days(std::chrono::year(2026) / 5 / std::chrono::day(day)) + 12h;
}

NodeLimits budget(Period period, std::optional<std::int64_t> nanos, std::optional<std::int64_t> tokens = {}) {
  return {{{period, nanos, tokens}}, {}};
}

class QuotaTreeTest : public testing::Test {
 protected:
  QuotaTreeTest() {
    definition_.nodes = {{"acme", "", budget(Period::kMonth, 10 * kDollar), {}},
                         {"team", "acme", budget(Period::kDay, 2 * kDollar), {}},
                         {"key", "team", {}, {}}};
  }
  QuotaTree& tree() {
    if (!tree_) {
      auto made = QuotaTree::create(definition_, capacity_, wall_, mono_);
      EXPECT_TRUE(made.has_value()) << made.error().message();
      tree_.emplace(std::move(*made));
    }
    return *tree_;
  }
  NodeLimits& limits_of(std::size_t node) { return definition_.nodes[node].limits; }
  void reload() { ASSERT_TRUE(tree().reconfigure(definition_, wall_, mono_)); }
  void pass(std::chrono::seconds time) {
    wall_ += time;
    mono_ += time;
  }
  std::expected<ReservationId, Denial> admit(std::optional<std::int64_t> nanos, std::int64_t tokens = 0,
                                             std::string_view leaf = "key") {
    return tree().admit(*tree().find(leaf), {nanos, tokens, 1}, wall_, mono_);
  }
  Denial denial(std::optional<std::int64_t> nanos, std::int64_t tokens = 0, std::string_view leaf = "key") {
    const auto admitted = admit(nanos, tokens, leaf);
    EXPECT_FALSE(admitted.has_value());
    return admitted ? Denial{} : admitted.error();
  }
  Settlement settle(const std::expected<ReservationId, Denial>& id, std::optional<std::int64_t> nanos,
                    std::optional<std::int64_t> tokens = 0) {
    return tree().settle(*id, {nanos, tokens}, mono_);
  }
  NodeReport report_of(std::string_view name) {
    for (NodeReport& report : tree().report(wall_))
      if (report.name == name) return report;
    ADD_FAILURE() << "no report of " << name;
    return {};
  }

  WallTime wall_ = noon(13);  // a Wednesday
  MonoTime mono_{1h};
  QuotaDefinition definition_;
  QuotaCapacity capacity_{64, 4};
  std::optional<QuotaTree> tree_;
};

TEST_F(QuotaTreeTest, RefusesWhenTheWorstCaseExceedsTheRest) {
  const auto first = admit(3 * kDollar / 2);
  ASSERT_TRUE(first);
  const Denial open = denial(kDollar);
  EXPECT_EQ(open.node, "team");
  EXPECT_EQ(open.limit, LimitKind::kMoney);
  EXPECT_EQ(open.period, Period::kDay);
  EXPECT_EQ(open.remaining, kDollar / 2);
  EXPECT_EQ(open.reserved, 3 * kDollar / 2);
  EXPECT_EQ(open.recovery, Recovery::kWhenOthersFinish);

  settle(first, 3 * kDollar / 2);
  const Denial spent = denial(kDollar);
  EXPECT_EQ(spent.used, 3 * kDollar / 2);
  EXPECT_EQ(spent.recovery, Recovery::kAfter);
  EXPECT_EQ(spent.retry_after, 12h);
  EXPECT_TRUE(admit(kDollar / 2));
}

TEST_F(QuotaTreeTest, RefusesForGoodWhatIsLargerThanTheBudget) {
  const Denial larger = denial(2 * kDollar + 1);
  EXPECT_EQ(larger.recovery, Recovery::kNever);
  EXPECT_EQ(larger.maximum, 2 * kDollar);
  EXPECT_EQ(larger.asked, 2 * kDollar + 1);
  limits_of(1) = budget(Period::kTotal, 2 * kDollar);
  reload();
  settle(admit(2 * kDollar), 2 * kDollar);
  EXPECT_EQ(denial(1).recovery, Recovery::kNever) << "a total never renews";
}

TEST_F(QuotaTreeTest, ARefusalLeavesNothingOnThePath) {
  ASSERT_FALSE(admit(3 * kDollar));
  EXPECT_EQ(tree().open_reservations(), 0U);
  EXPECT_EQ(report_of("acme").current[0].money.reserved, 0);
  EXPECT_EQ(report_of("acme").open_requests, 0);
}

TEST_F(QuotaTreeTest, SettlingFreesWhatWasReservedTooMuch) {
  const auto id = admit(2 * kDollar);
  const Settlement settled = settle(id, kDollar / 4);
  EXPECT_TRUE(settled.found);
  EXPECT_EQ(settled.nanos, kDollar / 4);
  const Room room = *tree().room(*tree().find("key"), wall_);
  EXPECT_EQ(room.nanos, 7 * kDollar / 4);
  EXPECT_EQ(room.tokens, std::nullopt);
}

TEST_F(QuotaTreeTest, SettlingTwiceIsNoticedAndChangesNothing) {
  const auto id = admit(kDollar);
  settle(id, kDollar);
  const auto other = admit(kDollar / 2);  // takes the place of the first one
  EXPECT_FALSE(settle(id, kDollar).found);
  EXPECT_FALSE(tree().release(*id, mono_).found);
  EXPECT_FALSE(tree().settle(ReservationId{}, {0, 0}, mono_).found);
  EXPECT_EQ(tree().counters().unknown_settlements, 3U);
  EXPECT_EQ(report_of("team").current[0].money.spent, kDollar);
  EXPECT_EQ(report_of("team").current[0].money.reserved, kDollar / 2);
  EXPECT_TRUE(settle(other, 0).found);
}

TEST_F(QuotaTreeTest, AnUnknownCostIsChargedAsTheWorstCaseAndCountedApart) {
  limits_of(1) = budget(Period::kDay, 2 * kDollar, 1'000);
  const auto id = admit(kDollar, 300);
  const Settlement settled = settle(id, std::nullopt, std::nullopt);
  EXPECT_TRUE(settled.cost_unknown);
  EXPECT_EQ(settled.nanos, kDollar);
  const BudgetReport report = report_of("team").current[0];
  EXPECT_EQ(report.money.spent, kDollar);
  EXPECT_EQ(report.tokens.spent, 300);
  EXPECT_EQ(report.unknown_costs, 1);
  EXPECT_EQ(report.unknown_nanos, kDollar);
}

TEST_F(QuotaTreeTest, ACostAboveTheWorstCaseIsChargedWholeAndShownAsOverrun) {
  settle(admit(kDollar), 3 * kDollar);
  const SpendReport money = report_of("team").current[0].money;
  EXPECT_EQ(money.spent, 3 * kDollar);
  EXPECT_EQ(money.overrun, 2 * kDollar);
  EXPECT_EQ(tree().room(*tree().find("key"), wall_)->nanos, 0);
  EXPECT_TRUE(admit(0)) << "what costs nothing still passes";
}

TEST_F(QuotaTreeTest, AnUnknownPriceIsRefusedWhereMoneyIsBudgeted) {
  const Denial refused = denial(std::nullopt);
  EXPECT_EQ(refused.limit, LimitKind::kUnknownPrice);
  EXPECT_EQ(refused.recovery, Recovery::kNever);
  EXPECT_EQ(refused.node, "team");

  definition_.unknown_price = UnknownPrice::kAllow;
  reload();
  const auto id = admit(std::nullopt, 10);
  ASSERT_TRUE(id);
  settle(id, std::nullopt, 10);
  EXPECT_EQ(report_of("team").current[0].unknown_costs, 1);
  EXPECT_EQ(report_of("team").current[0].money.spent, 0);
  settle(admit(std::nullopt), kDollar);
  EXPECT_EQ(report_of("team").current[0].money.spent, kDollar);

  definition_.unknown_price = UnknownPrice::kReject;
  limits_of(0) = budget(Period::kMonth, std::nullopt, 1'000);
  limits_of(1) = {};
  reload();
  EXPECT_TRUE(admit(std::nullopt, 10)) << "a budget of tokens needs no price";
}

TEST_F(QuotaTreeTest, AReservationMadeBeforeMidnightIsChargedToItsOwnDay) {
  const auto id = admit(2 * kDollar);
  pass(13h);
  const auto next = admit(2 * kDollar);
  ASSERT_TRUE(next) << "the new day owes nothing to the old one";
  settle(id, kDollar);
  const NodeReport team = report_of("team");
  ASSERT_EQ(team.previous.size(), 1U);
  EXPECT_EQ(team.previous[0].money.spent, kDollar);
  EXPECT_EQ(team.previous[0].money.reserved, 0);
  EXPECT_EQ(team.current[0].money.spent, 0);
  EXPECT_EQ(team.current[0].money.reserved, 2 * kDollar);
  EXPECT_EQ(report_of("acme").current[0].money.spent, kDollar) << "the month is the same one";
}

TEST_F(QuotaTreeTest, ASettlementWhoseDayHasGoneIsCountedAndHarmless) {
  const auto id = admit(kDollar);
  pass(24h);
  settle(admit(kDollar), kDollar);
  pass(24h);
  settle(admit(kDollar), kDollar);
  EXPECT_TRUE(settle(id, kDollar).found);
  EXPECT_EQ(tree().counters().late_settlements, 1U);
  EXPECT_EQ(report_of("team").current[0].money.spent, kDollar);
  EXPECT_EQ(report_of("team").previous[0].money.spent, kDollar);
  EXPECT_EQ(report_of("acme").current[0].money.spent, 3 * kDollar);
}

TEST_F(QuotaTreeTest, AClockThatStepsBackDoesNotOpenTheDayBeforeAgain) {
  pass(24h);
  settle(admit(2 * kDollar), 2 * kDollar);
  wall_ -= 24h;
  EXPECT_EQ(denial(1).limit, LimitKind::kMoney);
}

TEST_F(QuotaTreeTest, ConcurrentRequestsAreBoundedAndAttemptsAreNoRequests) {
  limits_of(2).rates.concurrent_requests = 2;
  limits_of(2).rates.requests_per_minute = 3;
  const auto first = admit(0);
  const auto second = admit(0);
  const Denial full = denial(0);
  EXPECT_EQ(full.limit, LimitKind::kConcurrentRequests);
  EXPECT_EQ(full.recovery, Recovery::kWhenOthersFinish);
  EXPECT_TRUE(tree().admit(*tree().find("key"), {1, 1, 0}, wall_, mono_)) << "a retry of a request that runs";
  settle(first, 0);
  EXPECT_TRUE(admit(0));
  settle(second, 0);
  const Denial minute = denial(0);
  EXPECT_EQ(minute.limit, LimitKind::kRequestsPerMinute);
  EXPECT_EQ(minute.retry_after, 61s);
}

TEST_F(QuotaTreeTest, TokensOfTheMinuteFollowTheTruth) {
  limits_of(0).rates.tokens_per_minute = 1'000;
  const auto id = admit(0, 900);
  pass(10s);
  EXPECT_EQ(denial(0, 200).limit, LimitKind::kTokensPerMinute);
  settle(id, 0, 100);
  EXPECT_TRUE(admit(0, 900));
  EXPECT_EQ(denial(0, 50).retry_after, 51s) << "the 100 of 10 s ago leave first";
  EXPECT_EQ(denial(0, 1'001).recovery, Recovery::kNever);
}

TEST_F(QuotaTreeTest, TellsTheLimitThatTakesLongestToGiveWay) {
  limits_of(2).rates.concurrent_requests = 1;
  limits_of(2).rates.requests_per_minute = 1;
  admit(2 * kDollar);
  EXPECT_EQ(denial(kDollar).limit, LimitKind::kRequestsPerMinute);
  EXPECT_EQ(denial(3 * kDollar).limit, LimitKind::kMoney);
}

TEST_F(QuotaTreeTest, StandingsAreThoseOfTheNodeWithTheLeastLeft) {
  limits_of(0).rates.requests_per_minute = 3;
  limits_of(2).rates = {10, 500, {}};
  admit(0, 120);
  const RateStandings standings = tree().standings(*tree().find("key"), mono_);
  ASSERT_TRUE(standings.requests && standings.tokens);
  EXPECT_EQ(standings.requests->limit, 3);
  EXPECT_EQ(standings.requests->remaining, 2);
  EXPECT_EQ(standings.tokens->remaining, 380);
  EXPECT_EQ(standings.tokens->reset, 61s);
  EXPECT_FALSE(tree().standings(*tree().find("acme"), mono_).tokens);
}

TEST_F(QuotaTreeTest, OfEqualStandingsTheOneThatTakesLongerIsTold) {
  limits_of(1).rates.requests_per_minute = 4;
  limits_of(2).rates.requests_per_minute = 3;
  definition_.nodes.push_back({"other", "team", {}, {}});
  admit(0);
  pass(3s);
  admit(0, 0, "other");
  pass(2s);
  const RateStandings standings = tree().standings(*tree().find("key"), mono_);
  EXPECT_EQ(standings.requests->limit, 4);
  EXPECT_EQ(standings.requests->remaining, 2);
  EXPECT_EQ(standings.requests->reset, 59s);
}

TEST_F(QuotaTreeTest, EnteringTakesAPlaceAndTellsHowTheRatesStandWithIt) {
  limits_of(0).rates = {3, 100, 2};
  limits_of(2).rates.requests_per_minute = 2;
  const NodeRef key = *tree().find("key");
  const auto first = tree().enter(key, wall_, mono_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->standings.requests->limit, 2);
  EXPECT_EQ(first->standings.requests->remaining, 1);
  EXPECT_EQ(first->standings.requests->reset, 61s);
  EXPECT_EQ(first->standings.tokens->remaining, 100);
  ASSERT_TRUE(tree().enter(key, wall_, mono_));
  EXPECT_EQ(tree().enter(key, wall_, mono_).error().limit, LimitKind::kRequestsPerMinute);
  EXPECT_EQ(tree().enter(*tree().find("acme"), wall_, mono_).error().limit, LimitKind::kConcurrentRequests);
  tree().release(first->place, mono_);
  EXPECT_TRUE(tree().enter(*tree().find("acme"), wall_, mono_));
  EXPECT_EQ(tree().enter({}, wall_, mono_).error().limit, LimitKind::kUnknownNode);
}

// The place of a request asks nothing of the budgets, so they are looked at when money is: their day may be over.
TEST_F(QuotaTreeTest, APlaceTakenBeforeADaysEndLeavesTheNextDayItsBudget) {
  admit(2 * kDollar);
  pass(12h);
  ASSERT_TRUE(tree().enter(*tree().find("key"), wall_, mono_));
  EXPECT_TRUE(admit(2 * kDollar));
  EXPECT_EQ(report_of("team").current[0].money.reserved, 2 * kDollar);
}

TEST_F(QuotaTreeTest, TellsEachThresholdOnceForEachPeriod) {
  const auto percents = [&] {
    std::vector<int> told;
    for (const ThresholdEvent& event : tree().take_events()) {
      EXPECT_EQ(event.node, "team");
      told.push_back(event.percent);
    }
    return told;
  };
  settle(admit(kDollar), kDollar - 1);
  EXPECT_FALSE(tree().has_events());
  settle(admit(1), 1);
  EXPECT_EQ(percents(), std::vector{50});
  settle(admit(kDollar), kDollar);
  EXPECT_EQ(percents(), (std::vector{80, 100}));
  pass(24h);
  settle(admit(kDollar), kDollar);
  EXPECT_EQ(percents(), std::vector{50});
}

TEST_F(QuotaTreeTest, TheTableOfReservationsIsBounded) {
  capacity_.reservations = 2;
  const auto first = admit(1);
  admit(1);
  EXPECT_EQ(denial(1).limit, LimitKind::kReservations);
  settle(first, 1);
  EXPECT_TRUE(admit(1));
}

TEST_F(QuotaTreeTest, AmountsBeyondAllReasonNeitherFitNorOverflow) {
  limits_of(0) = limits_of(1) = budget(Period::kTotal, kLargestBudget, kLargestBudget);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(denial(kMost, 1).recovery, Recovery::kNever);
  EXPECT_EQ(denial(1, kMost).recovery, Recovery::kNever);
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(admit(-5, -5));
  capacity_.reservations = 1;
  tree_.reset();
  for (int i = 0; i < 100'000; ++i) settle(admit(0, 0), kMost, kMost);
  EXPECT_GT(report_of("acme").current[0].money.spent, kLargestBudget);
  EXPECT_EQ(tree().room(*tree().find("key"), wall_)->nanos, 0);
}

}  // namespace
}  // namespace pointsman::limits
