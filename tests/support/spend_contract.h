// What the sums of spend of every ledger must be, as tests that a driver's own test program instantiates: the sums of
// the entries, exactly, whatever comes twice or is summed up later.
//
// For tests; one thread. A driver is a default-constructible type whose ledger is empty at first, with
//   std::unique_ptr<journal::Destination> destination() and std::unique_ptr<ledger::SpendReader> reader();
//   std::int64_t spend_rows(const std::string& condition)   rows of its table `spend`.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "journal/destination.h"
#include "ledger/entry_codec.h"
#include "ledger/spend.h"
#include "support/charged_entries.h"
#include "support/contract.h"

namespace pointsman::test {

inline constexpr base::WallTime kSpendNow{std::chrono::seconds(1'700'000'000)};

inline bool same_key_spend(const ledger::KeySpend& a, const ledger::KeySpend& b) {
  return a.owner == b.owner && a.key == b.key && a.spend == b.spend;
}

template <class Driver>
class SpendContract : public Contract<Driver> {
 protected:
  void SetUp() override {
    Contract<Driver>::SetUp();
    if (this->IsSkipped()) return;
    destination_ = this->driver_.destination();
    reader_ = this->driver_.reader();
  }

  // Ids of one generator never go back in time, so the entry says by itself when it began.
  ledger::Entry entry_at(base::WallTime time) {
    ledger::Entry entry = charged_entry(rng_, ids_.next(time));
    entry.started = time;
    return entry;
  }
  // Spread over the last two days.
  std::vector<ledger::Entry> entries(std::size_t count) {
    std::vector<ledger::Entry> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(entry_at(kSpendNow - std::chrono::seconds(rng_.below(172'800))));
    }
    return made;
  }
  base::Result<void> insert(const std::vector<ledger::Entry>& entries) {
    std::vector<std::string> records;
    for (const ledger::Entry& one : entries) {
      std::string record(8192, '\0');
      record.resize(ledger::encode(one, record));
      records.push_back(std::move(record));
    }
    std::vector<journal::PendingRow> rows;
    for (std::size_t i = 0; i < entries.size(); ++i) rows.push_back({entries[i].id, records[i]});
    return destination_->insert(rows);
  }
  void keep(const std::vector<ledger::Entry>& entries) {
    const auto done = insert(entries);
    ASSERT_TRUE(done.has_value()) << done.error().message();
    kept_.insert(kept_.end(), entries.begin(), entries.end());
  }
  ledger::Spend sum(const ledger::SpendScope& scope, const ledger::SpendTime& time = {}) {
    const auto sum = reader_->sum(scope, time);
    EXPECT_TRUE(sum.has_value()) << sum.error().message();
    return sum.value_or(ledger::Spend{});
  }
  void expect_sums_of(const std::vector<ledger::Entry>& entries, const ledger::SpendTime& time) {
    for (const ledger::SpendScope& scope : all_scopes()) {
      EXPECT_EQ(sum(scope, time), added_up(entries, scope, time))
          << "owner '" << scope.owner << "' key '" << scope.key << "' user " << scope.user;
    }
  }
  void compact(base::WallTime now) {
    for (bool more = true; more;) {
      const auto step = destination_->upkeep(now);
      ASSERT_TRUE(step.has_value()) << step.error().message();
      more = *step;
    }
  }

  base::Rng rng_{3};
  base::UuidGenerator ids_{4};
  std::unique_ptr<journal::Destination> destination_;
  std::unique_ptr<ledger::SpendReader> reader_;
  std::vector<ledger::Entry> kept_;
};

TYPED_TEST_SUITE_P(SpendContract);

TYPED_TEST_P(SpendContract, EqualsTheSumOfTheEntriesForEveryScopeAndTime) {
  for (int batch = 0; batch < 8; ++batch) this->keep(this->entries(40));
  for (const std::chrono::hours ago : {std::chrono::hours(0), std::chrono::hours(3), std::chrono::hours(30)}) {
    this->expect_sums_of(this->kept_, {});
    this->expect_sums_of(this->kept_, {.since = kSpendNow - ago, .until = {}});
    this->expect_sums_of(this->kept_, {.since = kSpendNow - ago - std::chrono::hours(9), .until = kSpendNow - ago});
  }
}

TYPED_TEST_P(SpendContract, WhatComesTwiceCountsOnce) {
  for (int batch = 0; batch < 6; ++batch) {
    std::vector<ledger::Entry> some = this->entries(30);
    this->keep(some);
    // Again: those just written, older ones, and twice the same in one batch.
    std::vector<ledger::Entry> again(some.begin(), some.begin() + 10);
    for (int i = 0; i < 10; ++i) again.push_back(this->kept_[this->rng_.below(this->kept_.size())]);
    const ledger::Entry fresh = this->entry_at(kSpendNow);
    again.insert(again.end(), {fresh, fresh});
    ASSERT_TRUE(this->insert(again).has_value());
    this->kept_.push_back(fresh);
  }
  this->expect_sums_of(this->kept_, {});
}

TYPED_TEST_P(SpendContract, EntriesThatChargeNothingLeaveNoTrace) {
  std::vector<ledger::Entry> some;
  for (int i = 0; i < 5; ++i) some.push_back(typical_entry(this->ids_.next(kSpendNow)));
  this->keep(some);
  EXPECT_EQ(this->driver_.spend_rows("1"), 0);
}

TYPED_TEST_P(SpendContract, LongAgoIsSummedUpAndNothingIsLost) {
  std::vector<ledger::Entry> some = this->entries(60);
  for (int i = 0; i < 700; ++i)
    some.push_back(this->entry_at(kSpendNow - std::chrono::days(63) - std::chrono::minutes(17 * i)));
  this->keep(some);
  this->compact(kSpendNow);
  EXPECT_EQ(this->driver_.spend_rows("bucket > 0 AND bucket < " +
                                     std::to_string(ledger::spend_bucket(kSpendNow - ledger::kSpendDetail))),
            0);
  EXPECT_GT(this->driver_.spend_rows("bucket = 0"), 0);
  this->expect_sums_of(this->kept_, {});
  const ledger::SpendTime recent{.since = kSpendNow - std::chrono::days(40), .until = {}};
  this->expect_sums_of(this->kept_, recent);
  // Earlier than that only the whole of long ago is known: too much, never too little.
  const ledger::SpendTime early{.since = kSpendNow - std::chrono::days(65), .until = {}};
  EXPECT_EQ(this->sum({}, early), added_up(this->kept_, {}, {}));
}

TYPED_TEST_P(SpendContract, LateEntriesAreSummedUpTheNextTime) {
  this->keep({this->entry_at(kSpendNow - std::chrono::days(70))});
  this->compact(kSpendNow);
  for (int i = 0; i < 20; ++i) this->keep({this->entry_at(kSpendNow - std::chrono::days(69))});
  this->expect_sums_of(this->kept_, {});
  this->compact(kSpendNow);
  this->expect_sums_of(this->kept_, {});
  EXPECT_EQ(this->driver_.spend_rows("bucket > 0"), 0);
}

TYPED_TEST_P(SpendContract, SumsStayAtTheLargestIntegerInsteadOfOverflowing) {
  ledger::Entry huge = this->entry_at(kSpendNow);
  huge.bill = {
      .owner = "acme", .charged = base::Money{std::numeric_limits<std::int64_t>::max() - 5}, .charged_tokens = 1};
  this->keep({huge});
  huge.id = this->ids_.next(kSpendNow);
  this->keep({huge});
  EXPECT_EQ(this->sum({.owner = "acme"}).nanos, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(this->sum({.owner = "acme"}).requests, 2);
}

TYPED_TEST_P(SpendContract, ListsEveryKeyAndTheDearestUsers) {
  this->keep(this->entries(200));
  const auto keys = this->reader_->by_key({});
  ASSERT_TRUE(keys.has_value());
  ledger::Spend all;
  for (const ledger::KeySpend& one : *keys) {
    all += one.spend;
    EXPECT_EQ(one.spend.requests > 0, true) << one.owner << " " << one.key;
  }
  EXPECT_EQ(all, added_up(this->kept_, {}, {}));
  EXPECT_TRUE(std::ranges::is_sorted(*keys, {}, [](const auto& one) { return std::pair(one.owner, one.key); }));
  const auto users = this->reader_->by_user({.owner = "acme"}, {}, 10);
  ASSERT_TRUE(users.has_value());
  ASSERT_EQ(users->size(), 2U);
  for (const ledger::UserSpend& one : *users) {
    EXPECT_EQ(one.spend, added_up(this->kept_, {.owner = "acme", .key = {}, .user = one.user}, {}));
  }
  EXPECT_GE(users->front().spend.nanos, users->back().spend.nanos);
  EXPECT_EQ(this->reader_->by_user({}, {}, 1)->size(), 1U);
}

TYPED_TEST_P(SpendContract, ByKeyMergesLongAgoWithTheRest) {
  this->keep(this->entries(80));
  for (int i = 0; i < 80; ++i) this->keep({this->entry_at(kSpendNow - std::chrono::days(80))});
  const auto before = this->reader_->by_key({});
  this->compact(kSpendNow);
  const auto after = this->reader_->by_key({});
  ASSERT_TRUE(before.has_value() && after.has_value());
  EXPECT_TRUE(std::ranges::equal(*before, *after, same_key_spend));
}

REGISTER_TYPED_TEST_SUITE_P(SpendContract, EqualsTheSumOfTheEntriesForEveryScopeAndTime, WhatComesTwiceCountsOnce,
                            EntriesThatChargeNothingLeaveNoTrace, LongAgoIsSummedUpAndNothingIsLost,
                            LateEntriesAreSummedUpTheNextTime, SumsStayAtTheLargestIntegerInsteadOfOverflowing,
                            ListsEveryKeyAndTheDearestUsers, ByKeyMergesLongAgoWithTheRest);

}  // namespace pointsman::test
