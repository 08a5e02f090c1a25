// The sums of spend are the sums of the entries, exactly, whatever comes twice, breaks off or is removed later.
#include <gtest/gtest.h>

#include <filesystem>
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
#include "support/spend_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteSpend {
  SqliteSpend() { std::filesystem::create_directory(path); }
  std::unique_ptr<journal::Destination> destination() const {
    return opened(ledger_sqlite::open_destination(path, {}));
  }
  std::unique_ptr<ledger::SpendReader> reader() const { return opened(ledger_sqlite::open_spend_reader(path)); }
  std::int64_t spend_rows(const std::string& condition) const {
    auto database =
        ledger_sqlite::Database::open(path + "/" + ledger_sqlite::kDatabaseFile, ledger_sqlite::OpenMode::kReadOnly);
    return database ? database->query_integer("SELECT count(*) FROM spend WHERE " + condition).value_or(-1) : -1;
  }

  TemporaryDirectory directory;
  std::string path = directory.file("ledger");
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SpendContract, SqliteSpend);

}  // namespace pointsman::test

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
  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::Rng rng_{3};
  base::UuidGenerator ids_{4};
  Database database_;
  std::optional<Inserter> inserter_;
  std::unique_ptr<ledger::SpendReader> reader_;
  std::vector<Entry> kept_;
};

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
