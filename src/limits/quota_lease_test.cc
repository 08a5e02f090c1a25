// A tree whose budgets are shared, with a pool in memory: what a slice lets through, how it grows and ends, and what is
// told of it.
#include <gtest/gtest.h>

#include <utility>

#include "limits/quota_tree.h"
#include "limits/testing_lease_pool.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using testing_support::book_name;
using testing_support::LeaseBook;
using testing_support::PoolFault;
using testing_support::PoolSeat;

constexpr std::int64_t kDollar = 1'000'000'000;

class QuotaLeaseTest : public testing::Test {
 protected:
  QuotaLeaseTest() {
    definition_.shared_budgets = true;
    definition_.nodes = {{"acme", "", {{{Period::kDay, 100 * kDollar, {}}}, {}}, {}}, {"key", "acme", {}, {}}};
    for (auto* const tree : {&one_, &two_}) {
      auto made = QuotaTree::create(definition_, {}, wall_, mono_);
      EXPECT_TRUE(made.has_value());
      tree->emplace(std::move(*made));
    }
  }
  std::expected<ReservationId, Denial> admit(QuotaTree& tree, std::int64_t nanos, Asked asked = Asked::kNotYet) {
    return tree.admit(*tree.find("key"), {nanos, 0, 1}, wall_, mono_, asked);
  }
  // An exchange with the pool; false: it failed.
  bool round(QuotaTree& tree, PoolFault fault = PoolFault::kNone, LeaseEnd end = LeaseEnd::kGoOn) {
    PoolSeat& seat = &tree == &*one_ ? seat_one_ : seat_two_;
    seat.now = mono_;
    seat.fault = fault;
    const auto asks = tree.lease_asks(terms_, end, 100, wall_, mono_);
    auto answers = seat.renew(asks, terms_.time);
    if (!answers) return false;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if ((*answers)[i].known) continue;
      EXPECT_TRUE(seat.define(asks[i], spent_before_));
      answers = seat.renew(asks, terms_.time);
    }
    for (std::size_t i = 0; i < asks.size(); ++i) tree.hear(asks[i], (*answers)[i], mono_ + terms_.time, wall_, mono_);
    return true;
  }
  // What a request does: it waits for one answer where its slice is short.
  std::expected<ReservationId, Denial> ask(QuotaTree& tree, std::int64_t nanos) {
    auto got = admit(tree, nanos);
    if (got || !got.error().slice_short || !round(tree)) return got;
    return admit(tree, nanos, Asked::kJustNow);
  }
  void pass(base::Duration time) {
    wall_ += std::chrono::duration_cast<base::WallTime::duration>(time);
    mono_ += time;
  }
  SpendReport money(QuotaTree& tree) { return tree.report(wall_).front().current.front().money; }
  LeaseBook::Row& row() { return book_.rows().begin()->second; }

  base::WallTime wall_ = std::chrono::sys_days(std::chrono::year(2026) / 5 / 13) + 12h;
  base::MonoTime mono_{1h};
  const LeaseTerms terms_;
  QuotaDefinition definition_;
  std::int64_t spent_before_ = 0;
  LeaseBook book_;
  PoolSeat seat_one_{book_, 1};
  PoolSeat seat_two_{book_, 2};
  std::optional<QuotaTree> one_;
  std::optional<QuotaTree> two_;
};

TEST_F(QuotaLeaseTest, NothingFitsBeforeASliceWasLeasedAndThatIsNotFinal) {
  const auto refused = admit(*one_, kDollar);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().slice_short);
  EXPECT_TRUE(admit(*one_, 0)) << "what costs nothing needs no slice";
  ASSERT_TRUE(round(*one_));
  EXPECT_TRUE(admit(*one_, kDollar, Asked::kJustNow));
  EXPECT_EQ(one_->leases(), 1U);
}

TEST_F(QuotaLeaseTest, WhatWasSpentBeforeAnybodyLeasedCounts) {
  spent_before_ = 99 * kDollar;
  EXPECT_TRUE(ask(*one_, kDollar));
  const auto refused = ask(*one_, kDollar / 2);
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().slice_short);
  EXPECT_EQ(refused.error().used, 99 * kDollar);
  EXPECT_EQ(refused.error().reserved, kDollar);
  EXPECT_EQ(refused.error().recovery, Recovery::kWhenOthersFinish);
}

TEST_F(QuotaLeaseTest, ALimitThatIsSetLaterCountsWhatWasSpentBeforeItOnce) {
  ASSERT_TRUE(ask(*one_, kDollar));
  const auto call = one_->admit(*one_->find("key"), {kDollar / 10, 600, 1}, wall_, mono_);
  ASSERT_TRUE(call);
  one_->settle(*call, {kDollar / 10, 500}, mono_);
  definition_.nodes.front().limits.budgets.front().tokens = 1000;
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  spent_before_ = 500;  // the ledger's sum, of all replicas
  for (int i = 0; i < 3; ++i) {
    pass(1100ms);
    ASSERT_TRUE(round(*one_));
  }
  const auto& rows = book_.rows();
  const auto tokens = std::ranges::find_if(rows, [](const auto& one) { return one.second.maximum == 1000; });
  ASSERT_NE(tokens, rows.end());
  EXPECT_EQ(tokens->second.used, 500);
}

TEST_F(QuotaLeaseTest, FiguresAreThoseOfAllReplicas) {
  const auto first = ask(*one_, 10 * kDollar);
  ASSERT_TRUE(first);
  one_->settle(*first, {4 * kDollar, 0}, mono_);
  ASSERT_TRUE(ask(*one_, 5 * kDollar));
  pass(2s);
  ASSERT_TRUE(round(*one_));
  ASSERT_TRUE(ask(*two_, kDollar));
  EXPECT_EQ(money(*two_).spent, 4 * kDollar);
  EXPECT_EQ(money(*two_).reserved, 6 * kDollar);
  EXPECT_EQ(two_->room(*two_->find("key"), wall_)->nanos, 90 * kDollar);
}

TEST_F(QuotaLeaseTest, ASliceEndsByTheMonotonicClockAndWhoeverComesBackTellsTheTruth) {
  const auto call = ask(*one_, 10 * kDollar);
  ASSERT_TRUE(call);
  one_->settle(*call, {4 * kDollar, 0}, mono_);
  ASSERT_TRUE(admit(*one_, kDollar)) << "of the slice";
  mono_ += 30s;
  const auto refused = admit(*one_, kDollar);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().slice_short);
  EXPECT_TRUE(ask(*two_, 85 * kDollar));
  EXPECT_GE(row().used, 10 * kDollar) << "all of the lease that ended is taken for spent";
  ASSERT_TRUE(round(*one_));
  EXPECT_EQ(row().used, 4 * kDollar);
}

TEST_F(QuotaLeaseTest, ALimitThatIsSetInAPeriodIsMidwayUntilThePoolIsHeard) {
  const auto midway = [this] {
    const auto asks = one_->lease_asks(terms_, LeaseEnd::kGoOn, 100, wall_, mono_);
    EXPECT_FALSE(asks.empty());
    return !asks.empty() && asks.front().midway;
  };
  const auto next_look = [this] {
    pass(terms_.look_every);
    ASSERT_TRUE(round(*one_));
    pass(terms_.look_every);
  };
  EXPECT_TRUE(midway());
  EXPECT_TRUE(midway()) << "nobody was heard";
  next_look();
  EXPECT_FALSE(midway());
  pass(12h);
  EXPECT_FALSE(midway()) << "it comes into the next day with the one before";
  next_look();
  const auto budgets = std::exchange(definition_.nodes.front().limits.budgets, {});
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  definition_.nodes.front().limits.budgets = budgets;
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  EXPECT_TRUE(midway()) << "it was taken away";
}

TEST_F(QuotaLeaseTest, ABudgetThatIsTakenAwayGivesItsSliceBackAndTellsWhatWasSpent) {
  const auto call = ask(*one_, 3 * kDollar);
  ASSERT_TRUE(call);
  ASSERT_TRUE(ask(*one_, kDollar)) << "stays under way";
  one_->settle(*call, {2 * kDollar, 0}, mono_);
  definition_.nodes.front().limits.budgets.clear();
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  ASSERT_TRUE(round(*one_));
  EXPECT_EQ(row().leased(), 0);
  EXPECT_EQ(row().used, 2 * kDollar);
  EXPECT_TRUE(one_->lease_asks(terms_, LeaseEnd::kEnd, 100, wall_, mono_).empty()) << "it is told once";
}

TEST_F(QuotaLeaseTest, AnOwnerWhoIsTakenAwayGivesTheSliceBackWhenNothingIsUnderWay) {
  const auto call = ask(*one_, 3 * kDollar);
  ASSERT_TRUE(call);
  definition_.nodes.clear();
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  one_->settle(*call, {2 * kDollar, 0}, mono_);
  ASSERT_TRUE(round(*one_));
  EXPECT_EQ(row().leased(), 0);
  EXPECT_EQ(row().used, 2 * kDollar);
}

TEST_F(QuotaLeaseTest, ALimitThatIsTakenAwayGivesItsSliceBack) {
  ASSERT_TRUE(ask(*one_, kDollar));
  ASSERT_GT(row().leased(), 0);
  auto without = definition_;
  without.nodes.front().limits.budgets.front() = {Period::kDay, {}, 1'000};
  ASSERT_TRUE(one_->reconfigure(without, wall_, mono_));
  ASSERT_TRUE(round(*one_));
  EXPECT_EQ(row().leased(), 0);
  // Set again, it has other books, which do not end the ones that are told of.
  ASSERT_TRUE(one_->reconfigure(definition_, wall_, mono_));
  ASSERT_TRUE(ask(*one_, kDollar));
  EXPECT_EQ(row().used, 0);
}

TEST_F(QuotaLeaseTest, ANewPeriodBeginsWithoutASlice) {
  const auto call = ask(*one_, 10 * kDollar);
  ASSERT_TRUE(call);
  pass(13h);
  const auto refused = admit(*one_, kDollar);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().slice_short);
  one_->settle(*call, {3 * kDollar, 0}, mono_);
  ASSERT_TRUE(ask(*one_, kDollar));
  EXPECT_EQ(book_.rows().size(), 2U);
  EXPECT_EQ(row().used, 3 * kDollar) << "the day before is told what was settled late";
}

TEST_F(QuotaLeaseTest, TheReplicaWhoseReportPassesAThresholdTellsOfIt) {
  for (QuotaTree* const tree : {&*one_, &*two_}) {
    const auto call = ask(*tree, 30 * kDollar);
    ASSERT_TRUE(call);
    tree->settle(*call, {30 * kDollar, 0}, mono_);
    EXPECT_FALSE(tree->has_events()) << "nobody knows yet whether others have spent";
    pass(2s);
    ASSERT_TRUE(round(*tree));
  }
  EXPECT_FALSE(one_->has_events());
  const auto events = two_->take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].percent, 50);
  EXPECT_EQ(events[0].spent, 60 * kDollar);
}

TEST_F(QuotaLeaseTest, WhatIsNotUsedGoesBack) {
  const auto call = ask(*one_, kDollar);
  ASSERT_TRUE(call);
  one_->settle(*call, {kDollar, 0}, mono_);
  for (int i = 0; i < 4; ++i) {
    pass(1100ms);
    ASSERT_TRUE(round(*one_));
  }
  EXPECT_EQ(row().leased(), 0);
  EXPECT_EQ(row().used, kDollar);
  EXPECT_EQ(one_->leases(), 0U);
}

TEST_F(QuotaLeaseTest, WhoEndsGivesBackAllButWhatIsUnderWay) {
  ASSERT_TRUE(ask(*one_, kDollar));
  const auto call = ask(*one_, 2 * kDollar);
  ASSERT_TRUE(call);
  one_->settle(*call, {kDollar, 0}, mono_);
  ASSERT_TRUE(round(*one_, PoolFault::kNone, LeaseEnd::kEnd));
  EXPECT_EQ(row().leased(), kDollar);
  EXPECT_EQ(row().used, kDollar);
}

TEST_F(QuotaLeaseTest, ALostAnswerIsAskedForAgainAndCountsOnce) {
  const auto call = ask(*one_, kDollar);
  ASSERT_TRUE(call);
  one_->settle(*call, {kDollar, 0}, mono_);
  for (int i = 0; i < 3; ++i) {
    pass(1100ms);
    ASSERT_FALSE(round(*one_, PoolFault::kAnswerLost));
    EXPECT_EQ(row().used, kDollar);
  }
  pass(1100ms);
  ASSERT_TRUE(round(*one_));
  EXPECT_EQ(row().used, kDollar);
}

TEST_F(QuotaLeaseTest, TheSparePartOfASliceIsAShareOfWhatIsLeft) {
  spent_before_ = 90 * kDollar;
  for (int i = 0; i < 200; ++i) {
    const auto call = ask(*one_, kDollar / 100);
    ASSERT_TRUE(call);
    one_->settle(*call, {kDollar / 100, 0}, mono_);
    pass(20ms);
    ASSERT_TRUE(round(*one_));
    EXPECT_LE(money(*one_).leased, kDollar + kDollar / 2);
  }
  EXPECT_GT(seat_one_.rounds, 0);
}

}  // namespace
}  // namespace pointsman::limits
