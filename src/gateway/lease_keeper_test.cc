// The keeper of leases with a pool in memory: who waits hears, who cannot be answered does not wait.
#include "gateway/lease_keeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <new>
#include <thread>

#include "limits/testing_lease_pool.h"

namespace pointsman::gateway {
namespace {

using limits::testing_support::LeaseBook;
using limits::testing_support::PoolFault;
using limits::testing_support::PoolSeat;

constexpr std::int64_t kDollar = 1'000'000'000;

class Waiter final : public LeaseWaiter {
 public:
  void done(bool answered) override { promise_.set_value(answered); }
  // What it heard; false as well if it hears nothing.
  bool answered() {
    auto heard = promise_.get_future();
    return heard.wait_for(std::chrono::seconds(10)) == std::future_status::ready && heard.get();
  }

 private:
  std::promise<bool> promise_;
};

struct History final : BudgetHistory {
  std::int64_t born(std::string_view) override { return 0; }
  base::Result<std::int64_t> spent(const limits::LeaseAccount&) override {
    if (asked) asked();
    return before;
  }
  std::int64_t before = 0;
  std::function<void()> asked;
};

// As if there were no memory for what the pool answers, some times.
class ThrowingPool final : public limits::LeasePool {
 public:
  ThrowingPool(std::unique_ptr<limits::LeasePool> pool, std::atomic<int>& throws)
      : pool_(std::move(pool)), throws_(throws) {}
  base::Result<std::vector<limits::LeaseAnswer>> renew(std::span<const limits::LeaseAsk> asks,
                                                       base::Duration lifetime) override {
    if (throws_ > 0) {
      --throws_;
      throw std::bad_alloc();
    }
    return pool_->renew(asks, lifetime);
  }
  base::Result<void> define(const limits::LeaseAsk& ask, std::int64_t spent) override {
    return pool_->define(ask, spent);
  }
  base::Result<void> raise(const limits::LeaseAsk& ask, std::int64_t spent) override {
    return pool_->raise(ask, spent);
  }

 private:
  std::unique_ptr<limits::LeasePool> pool_;
  std::atomic<int>& throws_;
};

class LeaseKeeperTest : public testing::Test {
 protected:
  LeaseKeeperTest() {
    limits::QuotaDefinition definition;
    definition.shared_budgets = true;
    definition.nodes = {{"acme", "", {{{limits::Period::kTotal, 10 * kDollar, {}}}, {}}, {}}};
    EXPECT_TRUE(desk_.configure(definition, {}).has_value());
    place_ = desk_.enter("acme", {}).value_or(Place());
  }
  void start() {
    keeper_.start(
        [this]() -> base::Result<LeaseBooks> {
          if (away_) return base::fail(base::ErrorCode::kConnect, "there is no database");
          auto history = std::make_unique<History>();
          history->before = spent_before_;
          history->asked = history_asked_;
          auto pool = std::make_unique<ThrowingPool>(std::make_unique<PoolSeat>(book_, 1), throws_);
          return LeaseBooks{std::move(pool), std::move(history)};
        },
        {}, std::chrono::seconds(3), registry_.add_shard());
  }
  // What a request does.
  bool reserve(std::int64_t nanos) {
    auto got = desk_.reserve(place_.node, {nanos, 0, 0});
    if (got || !got.error().slice_short) return got.has_value();
    const auto waiter = std::make_shared<Waiter>();
    if (keeper_.offer(waiter) == LeaseKeeper::Offer::kAway || !waiter->answered()) return false;
    return desk_.reserve(place_.node, {nanos, 0, 0}, limits::Asked::kJustNow).has_value();
  }
  // owner0, owner1, ... with 100 dollars each, in place of acme.
  void define_owners(int count) {
    limits::QuotaDefinition definition;
    definition.shared_budgets = true;
    for (int i = 0; i < count; ++i) {
      definition.nodes.push_back(
          {"owner" + std::to_string(i), "", {{{limits::Period::kTotal, 100 * kDollar, {}}}, {}}, {}});
    }
    ASSERT_TRUE(desk_.configure(definition, {}).has_value());
  }
  // Of a budget that was counted before: `used`, and a slice of another replica's.
  void leave_books(std::int64_t used, std::int64_t leased) {
    std::vector<limits::LeaseAsk> asks = desk_.lease_asks({}, limits::LeaseEnd::kGoOn, 1);
    ASSERT_EQ(asks.size(), 1U);
    asks.front().want = leased;
    asks.front().midway = false;
    PoolSeat other(book_, 2);
    ASSERT_TRUE(other.define(asks.front(), used).has_value());
    ASSERT_TRUE(other.renew(asks, std::chrono::hours(1)).has_value());
  }
  LeaseBook::Row row() {
    const std::lock_guard lock(book_.mutex());
    return book_.rows().begin()->second;
  }

  base::ManualClock clock_;
  QuotaDesk desk_{clock_};
  LeaseBook book_;
  std::int64_t spent_before_ = 0;
  std::function<void()> history_asked_;
  std::atomic<bool> away_{false};
  std::atomic<int> throws_{0};
  telemetry::Registry registry_;
  Place place_;
  LeaseKeeper keeper_{desk_, clock_};
};

TEST_F(LeaseKeeperTest, WhoWaitsHearsOfTheAnswerThatWasAskedForIt) {
  start();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(reserve(kDollar)) << i;
  EXPECT_FALSE(reserve(1)) << "the budget is used up";
}

TEST_F(LeaseKeeperTest, ABudgetBeginsWithWhatTheLedgerKnows) {
  spent_before_ = 8 * kDollar;
  start();
  EXPECT_TRUE(reserve(2 * kDollar));
  EXPECT_FALSE(reserve(kDollar));
}

// It was taken away in this period, and set again.
TEST_F(LeaseKeeperTest, ABudgetThatIsSetAgainCountsWhatWasSpentMeanwhile) {
  leave_books(kDollar, 0);
  spent_before_ = 8 * kDollar;
  start();
  EXPECT_FALSE(reserve(3 * kDollar));
  EXPECT_TRUE(reserve(2 * kDollar));
  EXPECT_EQ(row().used, 8 * kDollar);
}

TEST_F(LeaseKeeperTest, WhatOthersHaveLeasedAccountsForWhatTheLedgerKnows) {
  leave_books(3 * kDollar, 5 * kDollar);
  spent_before_ = 8 * kDollar;  // the other one has not reported it yet
  start();
  EXPECT_TRUE(reserve(2 * kDollar));
  EXPECT_EQ(row().used, 3 * kDollar);
}

TEST_F(LeaseKeeperTest, NobodyWaitsForAPoolThatIsAwayAndItIsFoundAgain) {
  away_ = true;
  start();
  EXPECT_FALSE(reserve(kDollar));
  EXPECT_EQ(keeper_.offer(std::make_shared<Waiter>()), LeaseKeeper::Offer::kAway);
  away_ = false;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool served = false;
  while (!served && std::chrono::steady_clock::now() < patience) served = reserve(kDollar);
  EXPECT_TRUE(served);
}

TEST_F(LeaseKeeperTest, ADatabaseThatHasMuchToDoIsNotAway) {
  constexpr int kOwners = 5;
  define_owners(kOwners);
  for (int i = 0; i < kOwners; ++i) {
    place_ = desk_.enter("owner" + std::to_string(i), {}).value_or(Place());
    EXPECT_FALSE(desk_.reserve(place_.node, {kDollar, 0, 0}).has_value()) << "nothing is leased yet";
  }
  std::atomic<int> away = 0;
  std::atomic<int> rows = 0;
  history_asked_ = [&] {  // each row that is made takes a while, all together far more than what is silent
    clock_.advance(std::chrono::milliseconds(400));
    if (rows < kOwners) away += keeper_.offer(std::make_shared<Waiter>()) == LeaseKeeper::Offer::kAway ? 1 : 0;
    ++rows;
  };
  start();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (rows < kOwners && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  keeper_.stop();
  EXPECT_GE(rows, kOwners);
  EXPECT_EQ(away, 0);
}

TEST_F(LeaseKeeperTest, ABudgetThatIsTakenAwayIsGivenBackAtOnce) {
  start();
  ASSERT_TRUE(reserve(kDollar));
  limits::QuotaDefinition without;
  without.shared_budgets = true;
  without.nodes = {{"acme", "", {}, {}}};
  ASSERT_TRUE(desk_.configure(without, {}).has_value());
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (row().leased() != 0 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_EQ(row().leased(), 0);
}

TEST_F(LeaseKeeperTest, AnExceptionEndsARoundAndNotTheKeeper) {
  throws_ = 1;
  start();
  EXPECT_FALSE(reserve(kDollar)) << "whoever waited is told";
  EXPECT_TRUE(reserve(kDollar));
}

TEST_F(LeaseKeeperTest, StoppingGivesBackWhatIsNotUnderWay) {
  start();
  const bool served = reserve(kDollar);
  keeper_.stop();
  ASSERT_TRUE(served);
  EXPECT_EQ(row().leased(), kDollar);
  EXPECT_EQ(keeper_.offer(std::make_shared<Waiter>()), LeaseKeeper::Offer::kAway);
}

TEST_F(LeaseKeeperTest, StoppingGivesBackMoreThanOneStatementTells) {
  constexpr int kOwners = 600;
  define_owners(kOwners);
  start();
  int served = 0;
  for (int i = 0; i < kOwners; ++i) {
    place_ = desk_.enter("owner" + std::to_string(i), {}).value_or(Place());
    served += reserve(kDollar) ? 1 : 0;
  }
  keeper_.stop();
  EXPECT_EQ(served, kOwners);
  const std::lock_guard lock(book_.mutex());
  const auto given_back = [](const auto& one) { return one.second.leased() == kDollar; };
  EXPECT_EQ(std::ranges::count_if(book_.rows(), given_back), kOwners) << "what is under way, and nothing besides";
}

}  // namespace
}  // namespace pointsman::gateway
