// What a gateway that starts knows of earlier spending: of keys, of the end users of each, of a key whose name was
// another's before.
#include "app/access_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "ledger/key_text.h"
#include "ledger_drivers/open.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/store.h"
#include "support/temporary_directory.h"

namespace pointsman::app {
namespace {

constexpr std::int64_t kNow = 1'767'348'000;  // 2026-01-02 10:00:00 UTC, a Friday
constexpr std::int64_t kHour = 3'600;
constexpr std::uint64_t kAda = 0xada;
constexpr std::uint64_t kBob = 0xb0b;

base::WallTime ago(std::int64_t seconds) {
  return base::WallTime(std::chrono::seconds(kNow - seconds));
}

class AccessWatchTest : public testing::Test {
 protected:
  AccessWatchTest() {
    // Of each end user of acme's keys: so much a day, and so much ever.
    config_.owners = {{.name = "acme",
                       .end_users = config::EndUserConfig{
                           .budgets = {{config::BudgetPeriod::kDay, base::Money{1'000}, 1'000},
                                       {config::BudgetPeriod::kTotal, base::Money{9'000}, std::nullopt}}}}};
    config_.access.keys = config::KeyUse::kRequired;
  }

  void add_key(const std::string& name, base::WallTime created, const std::string& owner = "acme") {
    auto store = ledger_sqlite::open_key_store(directory_);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    ledger::Key key{.id = ids_.next(created), .name = name, .owner = owner, .created = created, .tail = "tail"};
    key.secrets = {{.digest = ledger::key_digest(name), .until = {}}};
    key.budgets = {{ledger::KeyPeriod::kDay, base::Money{5'000}, {}}};
    const auto made = (*store)->create(key, {"ada", created});
    ASSERT_TRUE(made.has_value()) << made.error().message();
  }
  ledger::Entry charged(std::int64_t seconds_ago, const std::string& key, std::uint64_t user, std::int64_t nanos) {
    ledger::Entry entry;
    entry.id = ids_.next(ago(seconds_ago));
    entry.started = entry.id.time();
    entry.key = key;
    entry.user = user;
    entry.cost = base::Money{nanos};
    entry.bill = {.owner = "acme", .charged = base::Money{nanos}, .charged_tokens = nanos / 10};
    return entry;
  }
  void keep(const std::vector<ledger::Entry>& entries) {
    ledger_sqlite::StoreOptions options;
    options.directory = directory_;
    options.ring_bytes = 1 << 20;
    options.writer.clock = &clock_;
    auto store = ledger_sqlite::open_store(options);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    for (const ledger::Entry& entry : entries) {
      ASSERT_TRUE((*store)->sink(0).reserve().has_value());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close().has_value());
  }

  // What the desk takes that node to have spent in its budget of that period; -1: it does not know the node.
  std::int64_t spent(const std::string& node, limits::Period period) {
    for (const limits::NodeReport& one : desk_.report()) {
      if (one.name != node) continue;
      for (const limits::BudgetReport& budget : one.current) {
        if (budget.period == period) return budget.money.spent;
      }
    }
    return -1;
  }
  std::int64_t spent_today(const std::string& node) { return spent(node, limits::Period::kDay); }
  static std::string user_of(const std::string& key, const char* id) {
    return "acme@" + key + limits::kEndUserMark + id;
  }

  test::TemporaryDirectory folder_;
  std::string directory_ = folder_.file("ledger");
  base::ManualClock clock_{ago(0)};
  base::UuidGenerator ids_{3};
  config::Config config_;
  gateway::QuotaDesk desk_{clock_};
  AccessWatch watch_{ledger_drivers::backend_at(directory_), desk_, clock_};
};

TEST_F(AccessWatchTest, WhatEndUsersSpentIsKnownBeforeTheyAsk) {
  keep({charged(12 * kHour, "web", kAda, 400), charged(3 * kHour, "web", kAda, 30), charged(60, "web", kAda, 5),
        charged(60, "web", kBob, 700), charged(60, "web", 0, 60)});
  add_key("web", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("web", "0000000000000ada")), 35) << "today only";
  EXPECT_EQ(spent(user_of("web", "0000000000000ada"), limits::Period::kTotal), 435);
  EXPECT_EQ(spent_today(user_of("web", "0000000000000b0b")), 700);
  EXPECT_EQ(spent_today("acme@web"), 795);
}

TEST_F(AccessWatchTest, ARefusalComesAtTheFirstRequestAfterTheStart) {
  keep({charged(60, "web", kBob, 1'000)});
  add_key("web", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  const auto place = desk_.enter("acme@web", "0000000000000b0b");
  ASSERT_TRUE(place.has_value());
  EXPECT_FALSE(desk_.reserve(place->node, {.nanos = 1, .tokens = 1, .requests = 0}).has_value());
  const auto other = desk_.enter("acme@web", "0000000000000ada");
  ASSERT_TRUE(other.has_value());
  EXPECT_TRUE(desk_.reserve(other->node, {.nanos = 1'000, .tokens = 1, .requests = 0}).has_value());
}

TEST_F(AccessWatchTest, EndUsersOfOneKeyAreNotThoseOfAnother) {
  keep({charged(60, "web", kAda, 300), charged(60, "app", kAda, 20)});
  add_key("web", ago(20 * kHour));
  add_key("app", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("web", "0000000000000ada")), 300);
  EXPECT_EQ(spent_today(user_of("app", "0000000000000ada")), 20);
}

TEST_F(AccessWatchTest, WhatANamesakeSpentIsNotTheKeysOwn) {
  keep({charged(9 * kHour, "web", kAda, 300), charged(60, "web", kAda, 20)});
  add_key("web", ago(5 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("web", "0000000000000ada")), 20);
  EXPECT_EQ(spent_today("acme@web"), 20);
}

TEST_F(AccessWatchTest, AKeyThatIsMadeLaterBringsItsEndUsersWhenItIsRead) {
  keep({charged(60, "late", kAda, 40)});
  add_key("web", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("late", "0000000000000ada")), -1);
  add_key("late", ago(10 * kHour));
  ASSERT_TRUE(watch_.changed(true).value());
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("late", "0000000000000ada")), 40);
  EXPECT_FALSE(watch_.changed(true).value());
}

// Later the tree knows better than the ledger, which lags behind.
TEST_F(AccessWatchTest, ReadingAgainDoesNotCountTwice) {
  keep({charged(60, "web", kAda, 40)});
  add_key("web", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  const auto place = desk_.enter("acme@web", "0000000000000ada");
  ASSERT_TRUE(place.has_value());
  const auto held = desk_.reserve(place->node, {.nanos = 100, .tokens = 1, .requests = 0});
  ASSERT_TRUE(held.has_value());
  desk_.settle(*held, {.nanos = 7, .tokens = 1});
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent_today(user_of("web", "0000000000000ada")), 47);
}

TEST_F(AccessWatchTest, AChangedKeyTakesEffectAndItsNewBudgetKnowsWhatWasSpent) {
  keep({charged(60, "web", 0, 40)});
  add_key("web", ago(20 * kHour));
  ASSERT_TRUE(watch_.read(config_).has_value());
  auto store = ledger_sqlite::open_key_store(directory_);
  ASSERT_TRUE(store.has_value());
  const ledger::Key before = (*store)->find("web").value().value();
  ledger::Key after = before;
  after.budgets.push_back({ledger::KeyPeriod::kMonth, base::Money{100}, std::nullopt});
  ASSERT_TRUE((*store)->change(before, after, {"ada", ago(0)}).has_value());
  ASSERT_TRUE(watch_.changed(true).value());
  ASSERT_TRUE(watch_.read(config_).has_value());
  EXPECT_EQ(spent("acme@web", limits::Period::kMonth), 40);
  const auto place = desk_.enter("acme@web", "");
  ASSERT_TRUE(place.has_value());
  EXPECT_FALSE(desk_.reserve(place->node, {.nanos = 61, .tokens = 1, .requests = 0}).has_value());
  EXPECT_TRUE(desk_.reserve(place->node, {.nanos = 60, .tokens = 1, .requests = 0}).has_value());
}

}  // namespace
}  // namespace pointsman::app
