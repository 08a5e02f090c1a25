// What the write side of every ledger must do, and its reader, as tests that a driver's own test program instantiates.
//
// For tests. A driver is a default-constructible type with
//   base::Result<std::unique_ptr<journal::Store>> store(journal::StoreOptions)   whose directory is the test's;
//   std::unique_ptr<ledger::Reader> reader() and base::Result<std::uint64_t> count(const ledger::Filter&)
//                                                                             of what that store wrote.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "journal/store.h"
#include "ledger/filter.h"
#include "support/contract.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

inline base::WallTime at_ms(std::uint64_t ms) {
  return base::WallTime(std::chrono::milliseconds(ms));
}

template <class Driver>
class EntryStoreContract : public Contract<Driver> {
 protected:
  EntryStoreContract() {
    options_.directory = directory_.file("ledger");
    options_.ring_bytes = 1 << 20;
    options_.writer.clock = &clock_;
  }
  std::unique_ptr<journal::Store> open() { return opened(this->driver_.store(options_)); }
  static void append(journal::Store& store, const ledger::Entry& entry, std::size_t worker = 0) {
    const auto room = store.sink(worker).reserve();
    ASSERT_TRUE(room.has_value()) << room.error().message();
    store.sink(worker).append(entry);
  }
  std::vector<ledger::Entry> scan(const ledger::Filter& filter) {
    const auto reader = this->driver_.reader();
    std::vector<ledger::Entry> found;
    const auto done = reader->scan(filter, [&](const ledger::Entry& entry) {
      found.push_back(entry);
      return true;
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return found;
  }
  std::size_t count() {
    ledger::Filter all;
    all.limit = std::numeric_limits<std::size_t>::max();
    return scan(all).size();
  }

  TemporaryDirectory directory_;
  journal::StoreOptions options_;
  base::ManualClock clock_;
};

TYPED_TEST_SUITE_P(EntryStoreContract);

TYPED_TEST_P(EntryStoreContract, FlushMakesEverythingAppendedReadable) {
  const auto store = this->open();
  const ledger::Entry entry = test::typical_entry(base::Uuid::at(at_ms(1'700'000'000'000)));
  this->append(*store, entry);
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(store->sink(0).committed(), store->sink(0).appended());
  const auto reader = this->driver_.reader();
  const auto found = reader->find(entry.id);
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->candidates, entry.candidates);
  EXPECT_EQ((*found)->cost, entry.cost);
  EXPECT_FALSE(reader->find(base::Uuid::at(at_ms(5)))->has_value());
}

TYPED_TEST_P(EntryStoreContract, CommitsByItselfWithoutAFlush) {
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = false;
  this->options_.writer.on_commit = [&] {
    const std::scoped_lock lock(mutex);
    committed = true;
    changed.notify_all();
  };
  const auto store = this->open();
  this->append(*store, test::typical_entry(base::Uuid::at(at_ms(1))));
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return committed; });
  EXPECT_EQ(store->sink(0).committed(), store->sink(0).appended());
}

TYPED_TEST_P(EntryStoreContract, CommitsEarlyWhenAWorkerHasManyRowsWaiting) {
  this->options_.writer.gather_time = std::chrono::hours(1);
  this->options_.writer.gather_rows = 32;
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = false;
  this->options_.writer.on_commit = [&] {
    const std::scoped_lock lock(mutex);
    committed = true;
    changed.notify_all();
  };
  const auto store = this->open();
  base::UuidGenerator ids(1);
  for (int i = 0; i < 32; ++i) this->append(*store, test::typical_entry(ids.next(at_ms(1))));
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return committed; });
  EXPECT_GT(store->stats().rows, 0U);
}

TYPED_TEST_P(EntryStoreContract, ManyWorkersLoseNothing) {
  this->options_.workers = 4;
  const auto store = this->open();
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
  EXPECT_EQ(this->count(), 2000U);
  EXPECT_EQ(store->stats().rows, 2000U);
}

TYPED_TEST_P(EntryStoreContract, EveryFilterFindsWhatItsDefinitionSays) {
  const auto store = this->open();
  base::Rng rng(9);
  base::UuidGenerator ids(10);
  std::vector<ledger::Entry> all;
  for (std::uint64_t i = 0; i < 700; ++i) {
    ledger::Entry entry = test::typical_entry(ids.next(at_ms(1'000'000 + i)));
    entry.category = rng.below(2) == 0 ? "simple" : "hard";
    entry.model = rng.below(2) == 0 ? "small" : "large";
    entry.stage = rng.below(3) == 0 ? "fallback" : "local";
    entry.outcome = static_cast<ledger::Outcome>(rng.below(6));
    entry.key = rng.below(2) == 0 ? "ci" : "web";
    this->append(*store, entry);
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
    if (rng.below(4) == 0) filter.key = "ci";
    if (rng.below(4) == 0) filter.before = base::Uuid::at(at_ms(1'000'000 + rng.below(700)));
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
    for (const ledger::Entry& entry : this->scan(filter)) found.push_back(entry.id);
    ASSERT_EQ(found, expected) << "round " << round;
    filter.limit = all.size();
    const auto count = this->driver_.count(filter);
    ASSERT_TRUE(count.has_value()) << count.error().message();
    EXPECT_EQ(*count, std::ranges::count_if(all, [&](const auto& one) { return matches(filter, one); }));
  }
}

TYPED_TEST_P(EntryStoreContract, KeepsPoliciesUnderTheirVersion) {
  const auto store = this->open();
  ASSERT_TRUE(store->save_policy("v1", "document one").has_value());
  ASSERT_TRUE(store->save_policy("v1", "never replaces it").has_value());
  const auto reader = this->driver_.reader();
  EXPECT_EQ(reader->policy("v1").value(), "document one");
  EXPECT_EQ(reader->policy("v2").value(), std::nullopt);
}

TYPED_TEST_P(EntryStoreContract, RefusesADirectoryThatIsInUse) {
  const auto store = this->open();
  const auto second = this->driver_.store(this->options_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_NE(second.error().message().find(this->options_.directory), std::string::npos);
}

TYPED_TEST_P(EntryStoreContract, TellsHowManyEntriesAreNotCommittedYet) {
  this->options_.workers = 2;
  this->options_.writer.gather_time = std::chrono::hours(1);
  const auto store = this->open();
  EXPECT_EQ(store->waiting_rows(), 0U);
  this->append(*store, test::typical_entry(base::Uuid::at(at_ms(1))), 0);
  this->append(*store, test::typical_entry(base::Uuid::at(at_ms(2))), 1);
  this->append(*store, test::typical_entry(base::Uuid::at(at_ms(3))), 1);
  EXPECT_EQ(store->waiting_rows(), 3U);
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(store->waiting_rows(), 0U);
}

REGISTER_TYPED_TEST_SUITE_P(EntryStoreContract, FlushMakesEverythingAppendedReadable, CommitsByItselfWithoutAFlush,
                            CommitsEarlyWhenAWorkerHasManyRowsWaiting, ManyWorkersLoseNothing,
                            EveryFilterFindsWhatItsDefinitionSays, KeepsPoliciesUnderTheirVersion,
                            RefusesADirectoryThatIsInUse, TellsHowManyEntriesAreNotCommittedYet);

}  // namespace pointsman::test
