// The sums of spend are the sums of the entries, exactly, whatever comes twice, breaks off or is removed later.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "ledger/entry_codec.h"
#include "ledger_sqlite/forget.h"
#include "ledger_sqlite/inserter.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/spend_reader.h"
#include "ledger_sqlite/spend_upkeep.h"
#include "ledger_sqlite/store.h"
#include "support/charged_entries.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

using ledger::Entry;
using ledger::Spend;
using ledger::SpendScope;
using ledger::SpendTime;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

class SpendTest : public testing::Test {
 protected:
  SpendTest() {
    std::filesystem::create_directory(path_);
    auto database = Database::open(path_ + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
    EXPECT_TRUE(database.has_value());
    database_ = std::move(*database);
    EXPECT_TRUE(prepare_schema(database_).has_value());
    auto inserter = Inserter::prepare(database_);
    EXPECT_TRUE(inserter.has_value()) << inserter.error().message();
    inserter_.emplace(std::move(*inserter));
    reader_ = std::move(*open_spend_reader(path_));
  }

  // Ids of one generator never go back in time, so the entry says by itself when it began.
  Entry entry_at(base::WallTime time) {
    Entry entry = test::charged_entry(rng_, ids_.next(time));
    entry.started = time;
    return entry;
  }
  // Spread over the last two days.
  std::vector<Entry> entries(std::size_t count) {
    std::vector<Entry> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(entry_at(kNow - std::chrono::seconds(rng_.below(172'800))));
    return made;
  }
  base::Result<void> insert(const std::vector<Entry>& entries) {
    std::vector<std::string> records;
    for (const Entry& one : entries) {
      std::string record(8192, '\0');
      record.resize(ledger::encode(one, record));
      records.push_back(std::move(record));
    }
    std::vector<PendingRow> rows;
    for (std::size_t i = 0; i < entries.size(); ++i) rows.push_back({entries[i].id, records[i]});
    return inserter_->insert(database_, rows);
  }
  void keep(const std::vector<Entry>& entries) {
    const auto done = insert(entries);
    ASSERT_TRUE(done.has_value()) << done.error().message();
    kept_.insert(kept_.end(), entries.begin(), entries.end());
  }
  Spend sum(const SpendScope& scope, const SpendTime& time = {}) {
    const auto sum = reader_->sum(scope, time);
    EXPECT_TRUE(sum.has_value()) << sum.error().message();
    return sum.value_or(Spend{});
  }
  void expect_sums_of(const std::vector<Entry>& entries, const SpendTime& time) {
    for (const SpendScope& scope : test::all_scopes()) {
      EXPECT_EQ(sum(scope, time), test::added_up(entries, scope, time))
          << "owner '" << scope.owner << "' key '" << scope.key << "' user " << scope.user;
    }
  }
  std::int64_t rows(const std::string& condition) {
    return database_.query_integer("SELECT count(*) FROM spend WHERE " + condition).value_or(-1);
  }
  void compact(base::WallTime now) {
    for (bool more = true; more;) {
      const auto step = compact_spend_step(database_, now);
      ASSERT_TRUE(step.has_value()) << step.error().message();
      more = *step;
    }
  }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::Rng rng_{3};
  base::UuidGenerator ids_{4};
  Database database_;
  std::optional<Inserter> inserter_;
  std::unique_ptr<ledger::SpendReader> reader_;
  std::vector<Entry> kept_;
};

bool operator_equal(const ledger::KeySpend& a, const ledger::KeySpend& b) {
  return a.owner == b.owner && a.key == b.key && a.spend == b.spend;
}

TEST_F(SpendTest, EqualsTheSumOfTheEntriesForEveryScopeAndTime) {
  for (int batch = 0; batch < 8; ++batch) keep(entries(40));
  for (const std::chrono::hours ago : {std::chrono::hours(0), std::chrono::hours(3), std::chrono::hours(30)}) {
    expect_sums_of(kept_, {});
    expect_sums_of(kept_, {.since = kNow - ago, .until = {}});
    expect_sums_of(kept_, {.since = kNow - ago - std::chrono::hours(9), .until = kNow - ago});
  }
}

TEST_F(SpendTest, WhatComesTwiceCountsOnce) {
  for (int batch = 0; batch < 6; ++batch) {
    std::vector<Entry> some = entries(30);
    keep(some);
    // Again: those just written, older ones, and twice the same in one batch.
    std::vector<Entry> again(some.begin(), some.begin() + 10);
    for (int i = 0; i < 10; ++i) again.push_back(kept_[rng_.below(kept_.size())]);
    const Entry fresh = entry_at(kNow);
    again.insert(again.end(), {fresh, fresh});
    ASSERT_TRUE(insert(again).has_value());
    kept_.push_back(fresh);
  }
  expect_sums_of(kept_, {});
}

TEST_F(SpendTest, ABatchThatFailsAddsNothing) {
  keep(entries(20));
  ASSERT_TRUE(
      database_.execute("CREATE TRIGGER no_more BEFORE INSERT ON entries WHEN NEW.model = 'broken' "
                        "BEGIN SELECT RAISE(ABORT, 'no'); END"));
  std::vector<Entry> some = entries(20);
  some.back().id = ids_.next(kNow + std::chrono::hours(1));  // the last one in the order of ids
  some.back().model = "broken";
  EXPECT_FALSE(insert(some).has_value());
  expect_sums_of(kept_, {});
  some.pop_back();
  keep(some);
  expect_sums_of(kept_, {});
}

TEST_F(SpendTest, EntriesThatChargeNothingLeaveNoTrace) {
  std::vector<Entry> some;
  for (int i = 0; i < 5; ++i) some.push_back(test::typical_entry(ids_.next(kNow)));
  keep(some);
  EXPECT_EQ(rows("1"), 0);
  EXPECT_EQ(database_.query_integer("SELECT count(*) FROM spend_nodes").value(), 0);
}

TEST_F(SpendTest, LongAgoIsSummedUpAndNothingIsLost) {
  std::vector<Entry> some = entries(60);
  for (int i = 0; i < 700; ++i) some.push_back(entry_at(kNow - std::chrono::days(63) - std::chrono::minutes(17 * i)));
  keep(some);
  compact(kNow);
  EXPECT_EQ(rows("bucket > 0 AND bucket < " + std::to_string(ledger::spend_bucket(kNow - ledger::kSpendDetail))), 0);
  EXPECT_GT(rows("bucket = 0"), 0);
  expect_sums_of(kept_, {});
  const SpendTime recent{.since = kNow - std::chrono::days(40), .until = {}};
  expect_sums_of(kept_, recent);
  // Earlier than that only the whole of long ago is known: too much, never too little.
  const SpendTime early{.since = kNow - std::chrono::days(65), .until = {}};
  EXPECT_EQ(sum({}, early), test::added_up(kept_, {}, {}));
}

TEST_F(SpendTest, LateEntriesAreSummedUpTheNextTime) {
  keep({entry_at(kNow - std::chrono::days(70))});
  compact(kNow);
  for (int i = 0; i < 20; ++i) keep({entry_at(kNow - std::chrono::days(69))});
  expect_sums_of(kept_, {});
  compact(kNow);
  expect_sums_of(kept_, {});
  EXPECT_EQ(rows("bucket > 0"), 0);
}

TEST_F(SpendTest, SumsStayAtTheLargestIntegerInsteadOfOverflowing) {
  Entry huge = entry_at(kNow);
  huge.bill = {
      .owner = "acme", .charged = base::Money{std::numeric_limits<std::int64_t>::max() - 5}, .charged_tokens = 1};
  keep({huge});
  huge.id = ids_.next(kNow);
  keep({huge});
  EXPECT_EQ(sum({.owner = "acme"}).nanos, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(sum({.owner = "acme"}).requests, 2);
}

TEST_F(SpendTest, ListsEveryKeyAndTheDearestUsers) {
  keep(entries(200));
  const auto keys = reader_->by_key({});
  ASSERT_TRUE(keys.has_value());
  Spend all;
  for (const ledger::KeySpend& one : *keys) {
    all += one.spend;
    EXPECT_EQ(one.spend.requests > 0, true) << one.owner << " " << one.key;
  }
  EXPECT_EQ(all, test::added_up(kept_, {}, {}));
  EXPECT_TRUE(std::ranges::is_sorted(*keys, {}, [](const auto& one) { return std::pair(one.owner, one.key); }));
  const auto users = reader_->by_user({.owner = "acme"}, {}, 10);
  ASSERT_TRUE(users.has_value());
  ASSERT_EQ(users->size(), 2U);
  for (const ledger::UserSpend& one : *users) {
    EXPECT_EQ(one.spend, test::added_up(kept_, {.owner = "acme", .key = {}, .user = one.user}, {}));
  }
  EXPECT_GE(users->front().spend.nanos, users->back().spend.nanos);
  EXPECT_EQ(reader_->by_user({}, {}, 1)->size(), 1U);
}

TEST_F(SpendTest, ByKeyMergesLongAgoWithTheRest) {
  keep(entries(80));
  for (int i = 0; i < 80; ++i) keep({entry_at(kNow - std::chrono::days(80))});
  const auto before = reader_->by_key({});
  compact(kNow);
  const auto after = reader_->by_key({});
  ASSERT_TRUE(before.has_value() && after.has_value());
  EXPECT_TRUE(std::ranges::equal(*before, *after, operator_equal));
}

TEST_F(SpendTest, AForgottenUserIsGoneAndTheNodesKeepWhatWasSpent) {
  keep(entries(100));
  ASSERT_TRUE(forget_spend(database_, 7, "").has_value());
  EXPECT_EQ(rows("user = 7"), 0);
  EXPECT_EQ(sum({.owner = {}, .key = {}, .user = 7}), Spend());
  EXPECT_EQ(sum({.owner = "acme"}), test::added_up(kept_, {.owner = "acme"}, {}));
  EXPECT_EQ(sum({.owner = {}, .key = "ci"}), test::added_up(kept_, {.owner = {}, .key = "ci"}, {}));
}

TEST_F(SpendTest, AForgottenKeyLeavesItsSpendToItsOwner) {
  keep(entries(100));
  const auto owners = [&] { return std::array{sum({}), sum({.owner = "acme"}), sum({.owner = "acme/search"})}; };
  const auto before = owners();
  ASSERT_TRUE(forget_spend(database_, 0, "ci").has_value());
  EXPECT_EQ(owners(), before);
  EXPECT_EQ(sum({.owner = {}, .key = "ci"}), Spend());
  EXPECT_EQ(database_.query_integer("SELECT count(*) FROM spend_nodes WHERE key = 'ci'").value(), 0);
  EXPECT_EQ(
      database_.query_integer("SELECT count(*) FROM spend WHERE node NOT IN (SELECT id FROM spend_nodes)").value(), 0);
  // The writer, which has seen the key before, begins anew.
  Entry next = entry_at(kNow);
  next.bill = {.owner = "acme", .charged = base::Money{5}};
  next.key = "ci";
  keep({next});
  EXPECT_EQ(sum({.owner = {}, .key = "ci"}).nanos, 5);
}

TEST_F(SpendTest, ALedgerWithoutSumsHasNoneAndForgettingLeavesItAlone) {
  ASSERT_TRUE(database_.execute("DROP TABLE spend").has_value());
  EXPECT_EQ(sum({}), Spend());
  EXPECT_TRUE(forget_spend(database_, 7, "ci").has_value());
}

TEST(SpendMigration, AnOlderLedgerGetsTheTablesAndKeepsItsEntries) {
  const test::TemporaryDirectory directory;
  const StoreOptions options{.directory = directory.file("ledger"), .ring_bytes = 1 << 20};
  const std::string file = options.directory + "/" + kDatabaseFile;
  base::UuidGenerator ids(1);
  base::Rng rng(1);
  {
    auto store = open_store(options);
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->sink(0).reserve().has_value());
    (*store)->sink(0).append(test::typical_entry(ids.next(kNow)));
    ASSERT_TRUE((*store)->close().has_value());
    auto database = Database::open(file, OpenMode::kReadWriteCreate);
    ASSERT_TRUE(database->execute(
        "DROP TABLE spend; DROP TABLE spend_nodes; DROP TABLE spend_horizon; DROP TABLE calibrations; "
        "PRAGMA user_version = 1;"));
  }
  auto store = open_store(options);
  ASSERT_TRUE(store.has_value()) << store.error().message();
  Entry entry = test::charged_entry(rng, ids.next(kNow));
  entry.bill = {.owner = "acme", .charged = base::Money{9}};
  ASSERT_TRUE((*store)->sink(0).reserve().has_value());
  (*store)->sink(0).append(entry);
  ASSERT_TRUE((*store)->close().has_value());
  EXPECT_EQ((*open_spend_reader(options.directory))->sum({.owner = "acme"}, {})->nanos, 9);
  auto database = Database::open(file, OpenMode::kReadOnly);
  EXPECT_EQ(database->query_integer("SELECT count(*) FROM entries").value(), 2);
}

TEST(SpendRetention, RemovingEntriesNeverLowersWhatWasSpent) {
  const test::TemporaryDirectory directory;
  base::ManualClock clock(kNow);
  StoreOptions options{.directory = directory.file("ledger"), .ring_bytes = 4 << 20};
  options.writer.retention.max_age = std::chrono::hours(1);
  options.writer.clock = &clock;
  base::UuidGenerator ids(1);
  base::Rng rng(1);
  std::vector<Entry> all;
  auto store = open_store(options);
  ASSERT_TRUE(store.has_value());
  for (int i = 0; i < 200; ++i) {
    all.push_back(test::charged_entry(rng, ids.next(kNow + std::chrono::minutes(i))));
    ASSERT_TRUE((*store)->sink(0).reserve().has_value());
    (*store)->sink(0).append(all.back());
  }
  ASSERT_TRUE((*store)->flush().has_value());
  clock.advance(std::chrono::hours(100 * 24));
  ASSERT_TRUE((*store)->prune().has_value());
  auto database = Database::open(options.directory + "/" + kDatabaseFile, OpenMode::kReadOnly);
  EXPECT_EQ(database->query_integer("SELECT count(*) FROM entries").value(), 0);
  EXPECT_EQ(database->query_integer("SELECT count(*) FROM spend WHERE bucket > 0").value(), 0);
  const auto reader = open_spend_reader(options.directory);
  EXPECT_EQ((*reader)->sum({}, {}), test::added_up(all, {}, {}));
}

TEST(SpendForgetting, LeavesNoByteOfAForgottenKeysName) {
  const test::TemporaryDirectory directory;
  const std::string canary = "CANARY-7f3a91";
  const StoreOptions options{.directory = directory.file("ledger"), .ring_bytes = 4 << 20};
  base::UuidGenerator ids(1);
  base::Rng rng(1);
  auto store = open_store(options);
  ASSERT_TRUE(store.has_value());
  for (int i = 0; i < 400; ++i) {
    Entry entry = test::charged_entry(rng, ids.next(kNow + std::chrono::seconds(i)));
    if (i % 3 == 0) entry.key = canary;
    ASSERT_TRUE((*store)->sink(0).reserve().has_value());
    (*store)->sink(0).append(entry);
  }
  ASSERT_TRUE((*store)->flush().has_value());
  ASSERT_TRUE(forget_entries(options.directory, {.key = canary}).has_value());
  ASSERT_TRUE((*store)->close().has_value());
  for (const auto& at : std::filesystem::directory_iterator(options.directory)) {
    std::ostringstream bytes;
    bytes << std::ifstream(at.path(), std::ios::binary).rdbuf();
    EXPECT_EQ(bytes.str().find(canary), std::string::npos) << at.path();
  }
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
