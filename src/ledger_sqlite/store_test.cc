#include "ledger_sqlite/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <thread>

#include "ledger/filter.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/schema.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

base::WallTime at_ms(std::uint64_t ms) {
  return base::WallTime(std::chrono::milliseconds(ms));
}

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

TEST_F(StoreTest, FlushMakesEverythingAppendedReadable) {
  const auto store = open();
  const ledger::Entry entry = test::typical_entry(base::Uuid::at(at_ms(1'700'000'000'000)));
  append(*store, entry);
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(store->sink(0).committed(), store->sink(0).appended());
  auto reader = open_reader(options_.directory);
  ASSERT_TRUE(reader.has_value());
  const auto found = (*reader)->find(entry.id);
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->candidates, entry.candidates);
  EXPECT_EQ((*found)->cost, entry.cost);
  EXPECT_FALSE((*reader)->find(base::Uuid::at(at_ms(5)))->has_value());
}

TEST_F(StoreTest, CommitsByItselfWithoutAFlush) {
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = false;
  options_.writer.on_commit = [&] {
    const std::scoped_lock lock(mutex);
    committed = true;
    changed.notify_all();
  };
  const auto store = open();
  append(*store, test::typical_entry(base::Uuid::at(at_ms(1))));
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return committed; });
  EXPECT_EQ(store->sink(0).committed(), store->sink(0).appended());
}

TEST_F(StoreTest, CommitsEarlyWhenAWorkerHasManyRowsWaiting) {
  options_.writer.gather_time = std::chrono::hours(1);
  options_.writer.gather_rows = 32;
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = false;
  options_.writer.on_commit = [&] {
    const std::scoped_lock lock(mutex);
    committed = true;
    changed.notify_all();
  };
  const auto store = open();
  base::UuidGenerator ids(1);
  for (int i = 0; i < 32; ++i) append(*store, test::typical_entry(ids.next(at_ms(1))));
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return committed; });
  EXPECT_GT(store->stats().rows, 0U);
}

TEST_F(StoreTest, ManyWorkersLoseNothing) {
  options_.workers = 4;
  const auto store = open();
  std::vector<std::thread> workers;
  for (std::size_t worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      base::UuidGenerator ids(worker);
      for (int i = 0; i < 500;) {
        if (!store->sink(worker).reserve()) {
          std::this_thread::yield();
          continue;
        }
        ++i;
        store->sink(worker).append(test::typical_entry(ids.next(base::SystemClock().wall())));
      }
    });
  }
  for (std::thread& one : workers) one.join();
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(count(), 2000U);
  EXPECT_EQ(store->stats().rows, 2000U);
}

TEST_F(StoreTest, EveryFilterFindsWhatItsDefinitionSays) {
  const auto store = open();
  base::Rng rng(9);
  base::UuidGenerator ids(10);
  std::vector<ledger::Entry> all;
  for (std::uint64_t i = 0; i < 700; ++i) {
    ledger::Entry entry = test::typical_entry(ids.next(at_ms(1'000'000 + i)));
    entry.category = rng.below(2) == 0 ? "simple" : "hard";
    entry.model = rng.below(2) == 0 ? "small" : "large";
    entry.stage = rng.below(3) == 0 ? "fallback" : "local";
    entry.outcome = static_cast<ledger::Outcome>(rng.below(6));
    append(*store, entry);
    all.push_back(entry);
    if (i % 100 == 99) ASSERT_TRUE(store->flush().has_value());
  }
  ASSERT_TRUE(store->flush().has_value());
  for (int round = 0; round < 60; ++round) {
    ledger::Filter filter;
    if (rng.below(2) == 0) filter.since = at_ms(1'000'000 + rng.below(700));
    if (rng.below(2) == 0) filter.until = at_ms(1'000'000 + rng.below(700));
    if (rng.below(3) == 0) filter.category = "simple";
    if (rng.below(3) == 0) filter.model = "large";
    if (rng.below(4) == 0) filter.stage = "local";
    if (rng.below(4) == 0) filter.outcome = static_cast<ledger::Outcome>(rng.below(6));
    filter.only_fallback = rng.below(4) == 0;
    filter.limit = rng.below(2) == 0 ? 1 + rng.below(50) : 10'000;
    filter.newest_first = rng.below(2) == 0;
    std::vector<base::Uuid> expected;
    for (const ledger::Entry& entry : all) {
      if (matches(filter, entry)) expected.push_back(entry.id);
    }
    if (filter.newest_first) std::ranges::reverse(expected);
    if (expected.size() > filter.limit) expected.resize(filter.limit);
    std::vector<base::Uuid> found;
    for (const ledger::Entry& entry : scan(filter)) found.push_back(entry.id);
    ASSERT_EQ(found, expected) << "round " << round;
  }
}

TEST_F(StoreTest, KeepsPoliciesUnderTheirVersion) {
  const auto store = open();
  ASSERT_TRUE(store->save_policy("v1", "document one").has_value());
  ASSERT_TRUE(store->save_policy("v1", "never replaces it").has_value());
  auto reader = open_reader(options_.directory);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ((*reader)->policy("v1").value(), "document one");
  EXPECT_EQ((*reader)->policy("v2").value(), std::nullopt);
}

TEST_F(StoreTest, RefusesADirectoryThatIsInUse) {
  const auto store = open();
  const auto second = open_store(options_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_NE(second.error().message().find(options_.directory), std::string::npos);
}

TEST_F(StoreTest, RefusesAFileOfANewerProgram) {
  open().reset();
  auto database = Database::open(options_.directory + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(database->execute("PRAGMA user_version=999").has_value());
  const auto refused = open_store(options_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnsupported);
}

TEST_F(StoreTest, TellsHowManyEntriesAreNotCommittedYet) {
  options_.workers = 2;
  options_.writer.gather_time = std::chrono::hours(1);
  const auto store = open();
  EXPECT_EQ(store->waiting_rows(), 0U);
  append(*store, test::typical_entry(base::Uuid::at(at_ms(1))), 0);
  append(*store, test::typical_entry(base::Uuid::at(at_ms(2))), 1);
  append(*store, test::typical_entry(base::Uuid::at(at_ms(3))), 1);
  EXPECT_EQ(store->waiting_rows(), 3U);
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(store->waiting_rows(), 0U);
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
