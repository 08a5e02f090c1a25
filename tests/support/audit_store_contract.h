// What every driver of ledger::AuditStore must do, as tests that a driver's own test program instantiates.
//
// For tests; one thread. A driver is a default-constructible type with `std::unique_ptr<ledger::AuditStore> open()`:
// each call gives another connection to the same, at first empty, store.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ledger/audit_store.h"
#include "support/contract.h"

namespace pointsman::test {

inline constexpr base::WallTime kAuditTime{std::chrono::seconds(1'700'000'000)};

template <class Driver>
class AuditStoreContract : public Contract<Driver> {};

TYPED_TEST_SUITE_P(AuditStoreContract);

TYPED_TEST_P(AuditStoreContract, GivesBackTheNewestFirstAndWhatWasAskedFor) {
  const auto store = this->driver_.open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store->note({.at = kAuditTime + std::chrono::seconds(i),
                             .who = i % 2 == 0 ? "ada" : "grace",
                             .kind = i == 4 ? "logout" : "login",
                             .subject = "s",
                             .detail = "d" + std::to_string(i),
                             .from = "127.0.0.1"}));
  }
  const auto all = store->events({});
  ASSERT_EQ(all->size(), 5U);
  EXPECT_EQ(all->front(),
            (ledger::AuditEvent{5, kAuditTime + std::chrono::seconds(4), "ada", "logout", "s", "d4", "127.0.0.1"}));
  EXPECT_EQ(store->events({.who = "grace"})->size(), 2U);
  EXPECT_EQ(store->events({.kind = "logout"})->size(), 1U);
  EXPECT_EQ(
      store->events({.since = kAuditTime + std::chrono::seconds(1), .until = kAuditTime + std::chrono::seconds(3)})
          ->size(),
      2U);
  EXPECT_EQ(store->events({.before = 3})->front().number, 2);
  EXPECT_EQ(store->events({.limit = 1})->size(), 1U);
  EXPECT_EQ(this->driver_.open()->events({})->size(), 5U);
}

REGISTER_TYPED_TEST_SUITE_P(AuditStoreContract, GivesBackTheNewestFirstAndWhatWasAskedFor);

}  // namespace pointsman::test
