#include "ledger_sqlite/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "ledger_sqlite/entry_count.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/schema.h"
#include "support/entry_store_contract.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteEntries {
  std::string directory;
  base::Result<std::unique_ptr<journal::Store>> store(const journal::StoreOptions& options) {
    directory = options.directory;
    return ledger_sqlite::open_store(options);
  }
  std::unique_ptr<ledger::Reader> reader() const { return opened(ledger_sqlite::open_reader(directory)); }
  base::Result<std::uint64_t> count(const ledger::Filter& filter) const {
    return ledger_sqlite::count_entries(directory, filter);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EntryStoreContract, SqliteEntries);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

using test::at_ms;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    options_.directory = directory_.file("ledger");
    options_.ring_bytes = 1 << 20;
    options_.writer.clock = &clock_;
  }
  std::unique_ptr<Store> open() {
    auto store = open_store(options_);
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  static void append(Store& store, const ledger::Entry& entry, std::size_t worker = 0) {
    const auto room = store.sink(worker).reserve();
    ASSERT_TRUE(room.has_value()) << room.error().message();
    store.sink(worker).append(entry);
  }
  std::vector<ledger::Entry> scan(const ledger::Filter& filter) {
    auto reader = open_reader(options_.directory);
    if (!reader) {
      ADD_FAILURE() << reader.error().message();
      return {};
    }
    std::vector<ledger::Entry> found;
    const auto done = (*reader)->scan(filter, [&](const ledger::Entry& entry) {
      found.push_back(entry);
      return true;
    });
    EXPECT_TRUE(done.has_value());
    return found;
  }
  std::size_t count() {
    ledger::Filter all;
    all.limit = std::numeric_limits<std::size_t>::max();
    return scan(all).size();
  }

  test::TemporaryDirectory directory_;
  StoreOptions options_;
  base::ManualClock clock_;
};

TEST_F(StoreTest, RefusesAFileOfANewerProgram) {
  open().reset();
  auto database = Database::open(options_.directory + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(database->execute("PRAGMA user_version=999").has_value());
  const auto refused = open_store(options_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnsupported);
}

TEST_F(StoreTest, CleanCloseLeavesNoJournalsBehind) {
  const auto store = open();
  append(*store, test::typical_entry(base::Uuid::at(at_ms(1))));
  ASSERT_TRUE(store->close().has_value());
  EXPECT_FALSE(std::filesystem::exists(options_.directory + "/journal-0.ring"));
  EXPECT_EQ(count(), 1U);
  EXPECT_FALSE(store->flush().has_value());
}

TEST_F(StoreTest, FewerWorkersStillRecoverTheJournalsOfMore) {
  options_.workers = 3;
  options_.writer.gather_time = std::chrono::hours(1);
  const std::string ring = options_.directory + "/journal-2.ring";
  {
    const auto store = open();
    append(*store, test::typical_entry(base::Uuid::at(at_ms(7))), 2);
    std::filesystem::copy_file(ring, directory_.file("copy"));
    ASSERT_TRUE(store->close().has_value());
  }
  std::filesystem::remove(options_.directory + "/" + kDatabaseFile);
  std::filesystem::copy_file(directory_.file("copy"), ring);
  options_.workers = 1;
  const auto store = open();
  EXPECT_EQ(store->recovered(), 1U);
  EXPECT_FALSE(std::filesystem::exists(ring));
  EXPECT_EQ(count(), 1U);
}

TEST_F(StoreTest, SetsADamagedJournalAsideInsteadOfLosingIt) {
  open().reset();
  {
    std::ofstream file(options_.directory + "/journal-0.ring");
    file << "this is no journal";
  }
  const auto store = open();
  EXPECT_TRUE(std::filesystem::exists(options_.directory + "/journal-0.ring.damaged"));
}

TEST_F(StoreTest, RetentionDeletesByAge) {
  options_.writer.retention.max_age = std::chrono::hours(1);
  const auto store = open();
  const auto now = clock_.wall();
  base::UuidGenerator ids(1);
  for (int i = 0; i < 1200; ++i) append(*store, test::typical_entry(ids.next(now - std::chrono::hours(2))));
  append(*store, test::typical_entry(ids.next(now - std::chrono::minutes(1))));
  ASSERT_TRUE(store->flush().has_value());
  ASSERT_TRUE(store->prune().has_value());
  EXPECT_EQ(count(), 1U);
}

TEST_F(StoreTest, RetentionDeletesTheOldestBeyondTheSizeAndShrinksTheFile) {
  options_.ring_bytes = 16 << 20;
  options_.writer.retention.max_bytes = 400'000;
  options_.writer.retention_interval = std::chrono::hours(1);
  const auto store = open();
  base::UuidGenerator ids(1);
  base::Uuid last;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    last = ids.next(at_ms(1'000'000 + i));
    append(*store, test::typical_entry(last));
  }
  ASSERT_TRUE(store->flush().has_value());
  ASSERT_TRUE(store->prune().has_value());
  const std::size_t left = count();
  EXPECT_LT(left, 2000U);
  EXPECT_GT(left, 100U);
  ledger::Filter newest;
  newest.limit = 1;
  EXPECT_EQ(scan(newest).at(0).id, last);
  auto database = Database::open(options_.directory + "/" + kDatabaseFile, OpenMode::kReadOnly);
  ASSERT_TRUE(database.has_value());
  EXPECT_LT(*database->query_integer("PRAGMA page_count") * *database->query_integer("PRAGMA page_size"), 600'000);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
