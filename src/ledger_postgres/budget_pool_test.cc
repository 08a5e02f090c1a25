#include "ledger_postgres/budget_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/rng.h"
#include "limits/quota_tree.h"
#include "limits/testing_lease_pool.h"
#include "support/contract.h"
#include "support/postgres_server.h"

namespace pointsman::ledger_postgres {
namespace {

using limits::LeaseAnswer;
using limits::LeaseAsk;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr std::chrono::seconds kLease{30};

LeaseAsk ask_for(std::int64_t want, std::int64_t maximum = 60) {
  return {.account = {.node = "acme", .period = limits::Period::kMonth, .span = {kNow, kNow + std::chrono::days(30)}},
          .join = 1,
          .maximum = maximum,
          .want = want};
}

class BudgetPoolTest : public testing::Test {
 protected:
  void SetUp() override { PM_NEEDS_POSTGRES(); }
  std::unique_ptr<BudgetPool> open() {
    auto pool = BudgetPool::open(schema_.target(), ids_.next(kNow));
    EXPECT_TRUE(pool.has_value()) << pool.error().message();
    (*pool)->set_server_time(kNow);
    return std::move(*pool);
  }
  LeaseAnswer renew(BudgetPool& pool, const LeaseAsk& ask, int seconds = 0) {
    pool.set_server_time(kNow + std::chrono::seconds(seconds));
    auto got = pool.renew({&ask, 1}, kLease);
    EXPECT_TRUE(got.has_value()) << got.error().message();
    return got ? got->front() : LeaseAnswer();
  }

  test::TestSchema schema_;
  base::UuidGenerator ids_{1};
};

TEST_F(BudgetPoolTest, ABudgetIsMadeOnceWithWhatWasSpentBefore) {
  const auto pool = open();
  EXPECT_FALSE(renew(*pool, ask_for(10)).known);
  ASSERT_TRUE(pool->define(ask_for(10), 55).has_value());
  ASSERT_TRUE(pool->define(ask_for(10), 7).has_value()) << "somebody else was first";
  const LeaseAnswer answer = renew(*pool, ask_for(10));
  EXPECT_TRUE(answer.known);
  EXPECT_EQ(answer.used, 55);
  EXPECT_EQ(answer.given, 5);
}

TEST_F(BudgetPoolTest, ABatchIsAnsweredInItsOrder) {
  const auto pool = open();
  std::vector<LeaseAsk> asks;
  for (const char* node : {"c", "a", "b"}) {
    asks.push_back(ask_for(10));
    asks.back().account.node = node;
    asks.push_back(asks.back());
    asks.back().account.limit = limits::LimitKind::kTokens;
  }
  for (std::size_t i = 0; i < asks.size(); ++i) {
    asks[i].want = static_cast<std::int64_t>(i) + 1;
    if (i != 3) ASSERT_TRUE(pool->define(asks[i], 0).has_value());
  }
  const auto answers = pool->renew(asks, kLease);
  ASSERT_TRUE(answers.has_value()) << answers.error().message();
  for (std::size_t i = 0; i < asks.size(); ++i) {
    EXPECT_EQ((*answers)[i].known, i != 3);
    EXPECT_EQ((*answers)[i].given, i == 3 ? 0 : static_cast<std::int64_t>(i) + 1);
  }
}

TEST_F(BudgetPoolTest, LeasesAreGivenOutOfWhatIsLeftAndAReportCountsOnce) {
  const auto one = open();
  const auto two = open();
  ASSERT_TRUE(one->define(ask_for(0), 0).has_value());
  EXPECT_EQ(renew(*one, ask_for(40)).given, 40);
  const LeaseAnswer second = renew(*two, ask_for(40));
  EXPECT_EQ(second.given, 20) << "no more is left";
  EXPECT_EQ(second.others, 40);
  EXPECT_EQ(second.holders, 2);
  LeaseAsk report = ask_for(30);
  report.spent = 10;
  report.reserved = 5;
  for (int i = 0; i < 3; ++i) {
    const LeaseAnswer again = renew(*one, report, 1);
    EXPECT_EQ(again.used, 10);
    EXPECT_EQ(again.given, 30);
  }
  const LeaseAnswer seen = renew(*two, ask_for(0), 1);
  EXPECT_EQ(seen.others_reserved, 5);
  EXPECT_EQ(one->state(report.account)->leased, 30) << "what is not wanted goes back";
}

TEST_F(BudgetPoolTest, ALeaseThatEndsIsTakenForUsedButForWhatWasReserved) {
  const auto dead = open();
  const auto alive = open();
  ASSERT_TRUE(dead->define(ask_for(0), 0).has_value());
  LeaseAsk ask = ask_for(40);
  ask.reserved = 30;
  EXPECT_EQ(renew(*dead, ask).given, 40);
  EXPECT_EQ(renew(*alive, ask_for(60), 29).given, 20);
  EXPECT_EQ(renew(*alive, ask_for(60), 31).given, 50);
  EXPECT_EQ(alive->state(ask.account)->used, 10);
  // It was only slow: the truth takes the place of the guess.
  ask.spent = 3;
  ask.reserved = 0;
  EXPECT_EQ(renew(*dead, ask, 32).used, 3);
}

TEST_F(BudgetPoolTest, OtherBooksOfTheSameHolderBeginAtNothing) {
  const auto pool = open();
  ASSERT_TRUE(pool->define(ask_for(0), 0).has_value());
  LeaseAsk ask = ask_for(10);
  ask.spent = 8;
  renew(*pool, ask);
  LeaseAsk fresh = ask_for(10);
  fresh.join = 2;
  fresh.spent = 1;
  EXPECT_EQ(renew(*pool, fresh, 1).used, 8 + 10 + 1) << "what the first ones held counts as used";
}

TEST_F(BudgetPoolTest, ALowerLimitTakesBackWhatIsNotUsedYet) {
  const auto pool = open();
  ASSERT_TRUE(pool->define(ask_for(0), 0).has_value());
  EXPECT_EQ(renew(*pool, ask_for(40)).given, 40);
  LeaseAsk lower = ask_for(40, 5);
  lower.spent = 10;
  EXPECT_EQ(renew(*pool, lower, 1).given, 0);
}

TEST_F(BudgetPoolTest, PeriodsThatEndedDaysAgoAreForgotten) {
  const auto pool = open();
  ASSERT_TRUE(pool->define(ask_for(0), 0).has_value());
  renew(*pool, ask_for(10));
  LeaseAsk later = ask_for(0);
  later.account.span = {kNow + std::chrono::days(90), kNow + std::chrono::days(120)};
  ASSERT_TRUE(pool->define(later, 0).has_value());
  EXPECT_EQ(pool->state(ask_for(0).account).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(schema_.integer("SELECT count(*) FROM budget_leases"), 0);
}

TEST_F(BudgetPoolTest, HoldersThatHoldNothingAreForgottenAfterADay) {
  const auto gone = open();
  const auto idle = open();
  const auto alive = open();
  ASSERT_TRUE(gone->define(ask_for(0), 0).has_value());
  LeaseAsk ask = ask_for(10);
  ask.spent = 3;
  renew(*gone, ask);
  renew(*idle, ask_for(0));
  EXPECT_EQ(renew(*alive, ask_for(20), 31).used, 13) << "the lease of the first one ended";
  const auto rows = [this] { return schema_.integer("SELECT count(*) FROM budget_leases"); };
  ASSERT_TRUE(alive->forget_old_leases().has_value());
  EXPECT_EQ(rows(), 3) << "not yet";
  alive->set_server_time(kNow + std::chrono::hours(25));
  ASSERT_TRUE(alive->forget_old_leases().has_value());
  EXPECT_EQ(rows(), 1) << "what is held is a lease, however old";
  EXPECT_EQ(renew(*alive, ask_for(20), 40).used, 13) << "what was used stays";
  // It was only asleep, and had told of 3 before.
  ask.spent = 5;
  ask.told = 3;
  EXPECT_EQ(renew(*gone, ask, 41).used, 15);
}

TEST_F(BudgetPoolTest, IsRaisedToWhatOthersLeasesCannotAccountFor) {
  const auto pool = open();
  const auto other = open();
  ASSERT_TRUE(pool->define(ask_for(0), 5).has_value());
  renew(*pool, ask_for(7));
  renew(*other, ask_for(10));
  ASSERT_TRUE(pool->raise(ask_for(0), 15).has_value());
  EXPECT_EQ(renew(*pool, ask_for(7)).used, 5) << "the other one's lease accounts for it";
  ASSERT_TRUE(pool->raise(ask_for(0), 20).has_value());
  EXPECT_EQ(renew(*pool, ask_for(7)).used, 10) << "its own does not";
}

TEST_F(BudgetPoolTest, WhoIsForgottenLeavesNoBudgetAndOthersKeepTheirs) {
  const auto pool = open();
  const auto of = [](std::string node) {
    LeaseAsk ask = ask_for(10);
    ask.account.node = std::move(node);
    return ask;
  };
  const std::vector kept = {of("acme"), of("acme@ci"), of("acme@xci#0000000000000007"),
                            of("acme@web#00000000000000ff")};
  const std::vector gone = {of("acme@web#0000000000000012"), of("acme@ci#00000000000000fe")};
  for (const auto& asks : {kept, gone}) {
    for (const LeaseAsk& ask : asks) {
      ASSERT_TRUE(pool->define(ask, 5).has_value());
      renew(*pool, ask);
    }
  }
  auto connection = Connection::open(schema_.target());
  ASSERT_TRUE(connection.has_value()) << connection.error().message();
  EXPECT_EQ(forget_budgets(*connection, 0, "").value(), 0U);
  EXPECT_EQ(forget_budgets(*connection, 0x12, "ci").value(), gone.size());
  for (const LeaseAsk& ask : gone) EXPECT_FALSE(renew(*pool, ask).known) << ask.account.node;
  for (const LeaseAsk& ask : kept) EXPECT_EQ(renew(*pool, ask).used, 5) << ask.account.node;
  EXPECT_EQ(schema_.integer("SELECT count(*) FROM budget_leases"), static_cast<std::int64_t>(kept.size()));
}

// The rules are written twice, here in SQL and for tests in C++: both give the same answers to the same questions.
TEST_F(BudgetPoolTest, AgreesWithThePoolInMemory) {
  base::Rng rng(7);
  limits::testing_support::LeaseBook book;
  std::vector<std::unique_ptr<BudgetPool>> pools;
  for (int i = 0; i < 3; ++i) pools.push_back(open());
  ASSERT_TRUE(pools[0]->define(ask_for(0, 1'000), 100).has_value());
  book.define(ask_for(0, 1'000), 100);
  std::array<LeaseAsk, 3> asks{ask_for(0, 1'000), ask_for(0, 1'000), ask_for(0, 1'000)};
  int now = 0;
  for (int i = 0; i < 300; ++i) {
    const std::size_t who = rng.below(3);
    now += static_cast<int>(rng.below(12));
    LeaseAsk& ask = asks[who];
    if (rng.below(40) == 0) ask = {.account = ask.account, .join = ask.join + 1, .maximum = ask.maximum};
    ask.spent += static_cast<std::int64_t>(rng.below(4));
    ask.reserved = static_cast<std::int64_t>(rng.below(60));
    ask.want = ask.reserved + static_cast<std::int64_t>(rng.below(300));
    const LeaseAnswer real = renew(*pools[who], ask, now);
    const LeaseAnswer model =
        book.renew(static_cast<int>(who), ask, kLease, base::MonoTime(std::chrono::seconds(1'000 + now)));
    ASSERT_EQ(real.given, model.given) << i;
    ASSERT_EQ(real.used_before, model.used_before) << i;
    ASSERT_EQ(real.used, model.used) << i;
    ASSERT_EQ(real.others, model.others) << i;
    ASSERT_EQ(real.others_reserved, model.others_reserved) << i;
    ASSERT_EQ(real.holders, model.holders) << i;
    if (rng.below(4) != 0) ask.told = ask.spent;
  }
}

// Holders ask at the same time for budgets in different orders; none waits for ever, and nothing is given twice.
TEST_F(BudgetPoolTest, HoldersThatAskAtOnceNeverGetMoreThanThereIs) {
  constexpr std::int64_t kLimit = 5'000;
  std::vector<LeaseAsk> asks;
  for (const char* node : {"a", "b", "c", "d"}) {
    asks.push_back(ask_for(0, kLimit));
    asks.back().account.node = node;
    ASSERT_TRUE(open()->define(asks.back(), 0).has_value());
  }
  const auto live = [&](std::unique_ptr<BudgetPool> pool, std::uint64_t seed) {
    base::Rng rng(seed);
    std::vector<LeaseAsk> mine = asks;
    for (int i = 0; i < 60; ++i) {
      std::swap(mine[rng.below(4)], mine[rng.below(4)]);
      for (LeaseAsk& one : mine) one.want = static_cast<std::int64_t>(rng.below(200));
      const auto answers = pool->renew(mine, kLease);
      ASSERT_TRUE(answers.has_value()) << answers.error().message();
      for (std::size_t k = 0; k < mine.size(); ++k) {
        mine[k].told = mine[k].spent;
        mine[k].spent += (*answers)[k].given;
      }
    }
  };
  std::thread one(live, open(), 1);
  std::thread two(live, open(), 2);
  std::thread three(live, open(), 3);
  one.join();
  two.join();
  three.join();
  for (const LeaseAsk& ask : asks) EXPECT_LE(open()->state(ask.account)->used, kLimit);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
