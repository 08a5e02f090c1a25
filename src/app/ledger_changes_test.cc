// Who looks when, for a ledger that tells of changes and for one that does not.
#include "app/ledger_changes.h"

#include <gtest/gtest.h>

#include "ledger_drivers/open.h"
#include "support/temporary_directory.h"
#include "support/told_feed.h"

namespace pointsman::app {
namespace {

using ledger::Change;
using test::Said;
using test::ToldFeed;

// A ledger in files that says what the test wants said.
class ToldBackend final : public ledger::Backend {
 public:
  ToldBackend(Said& said, const std::string& directory) : said_(said), files_(ledger_drivers::backend_at(directory)) {}

  std::unique_ptr<ledger::ChangeFeed> changes() const override { return std::make_unique<ToldFeed>(said_); }
  std::string place() const override { return files_->place(); }
  base::Result<std::unique_ptr<ledger::Reader>> reader() const override { return files_->reader(); }
  base::Result<std::unique_ptr<ledger::SpendReader>> spend() const override { return files_->spend(); }
  base::Result<std::vector<ledger::KeptCalibration>> calibrations() const override { return files_->calibrations(); }
  base::Result<std::uint64_t> count(const ledger::Filter& filter) const override { return files_->count(filter); }
  base::Result<std::unique_ptr<ledger::LedgerGauge>> gauge() const override { return files_->gauge(); }
  base::Result<std::uint64_t> forget(const ledger::Whose& whose) const override { return files_->forget(whose); }
  base::Result<std::unique_ptr<ledger::FeedbackStore>> feedback(ledger::Access access) const override {
    return files_->feedback(access);
  }
  base::Result<std::unique_ptr<ledger::FeedbackIndex>> feedback_index() const override {
    return files_->feedback_index();
  }
  base::Result<std::unique_ptr<ledger::KeyStore>> keys(ledger::Access access) const override {
    return files_->keys(access);
  }
  base::Result<std::unique_ptr<ledger::ClassifierRegistry>> classifiers(ledger::Access access) const override {
    return files_->classifiers(access);
  }
  base::Result<std::unique_ptr<ledger::AuditStore>> audit(ledger::Access access) const override {
    return files_->audit(access);
  }

 private:
  Said& said_;
  ledger::BackendPtr files_;
};

class LedgerChangesTest : public testing::Test {
 protected:
  test::TemporaryDirectory directory_;
  base::ManualClock clock_;
  Said said_;
  ToldBackend backend_{said_, directory_.path()};
};

TEST_F(LedgerChangesTest, WhereNobodyTellsEveryLookIsWorthItAndWeLead) {
  LedgerChanges changes(*ledger_drivers::backend_at(directory_.path()), clock_);
  EXPECT_TRUE(changes.keys());
  EXPECT_TRUE(changes.keys());
  EXPECT_TRUE(changes.classifiers());
  EXPECT_TRUE(changes.leads());
  EXPECT_FALSE(changes.corrections());  // its file has not changed
}

TEST_F(LedgerChangesTest, LooksWhenItIsToldAndOnceASecondAnyway) {
  clock_.advance(std::chrono::seconds(10));
  LedgerChanges changes(backend_, clock_);
  EXPECT_TRUE(changes.keys());  // never looked before
  EXPECT_FALSE(changes.keys());
  said_.changed[static_cast<std::size_t>(Change::kKeys)] = true;
  EXPECT_TRUE(changes.keys());
  EXPECT_FALSE(changes.keys());
  clock_.advance(ledger::ChangeFeed::kLookAnyway);
  EXPECT_TRUE(changes.keys());
  EXPECT_FALSE(changes.keys());
}

TEST_F(LedgerChangesTest, OneChangeOfLearningIsToldToBothWhoFollowIt) {
  clock_.advance(std::chrono::seconds(10));
  LedgerChanges changes(backend_, clock_);
  EXPECT_TRUE(changes.classifiers());
  EXPECT_TRUE(changes.corrections());
  said_.changed[static_cast<std::size_t>(Change::kLearning)] = true;
  EXPECT_TRUE(changes.classifiers());
  EXPECT_TRUE(changes.corrections());
  EXPECT_FALSE(changes.classifiers());
  EXPECT_FALSE(changes.corrections());
}

TEST_F(LedgerChangesTest, WhatIsToldWhileTheDatabaseIsAwayIsLookedAtLater) {
  clock_.advance(std::chrono::seconds(10));
  LedgerChanges changes(backend_, clock_);
  EXPECT_TRUE(changes.keys());
  said_.connected = false;
  said_.changed[static_cast<std::size_t>(Change::kKeys)] = true;
  EXPECT_FALSE(changes.keys());
  said_.connected = true;
  EXPECT_TRUE(changes.keys());
}

TEST_F(LedgerChangesTest, KeysAreLookedAtNowAndThenEvenIfNobodyCanTell) {
  clock_.advance(std::chrono::seconds(100));
  LedgerChanges changes(backend_, clock_);
  EXPECT_TRUE(changes.keys());
  EXPECT_TRUE(changes.classifiers());
  said_.connected = false;
  clock_.advance(LedgerChanges::kKeysAnyway - std::chrono::seconds(1));
  EXPECT_FALSE(changes.keys());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(changes.keys()) << "one of them may have been revoked";
  EXPECT_FALSE(changes.keys());
  EXPECT_FALSE(changes.classifiers());
}

TEST_F(LedgerChangesTest, LeadsAsTheDatabaseSays) {
  const LedgerChanges changes(backend_, clock_);
  EXPECT_FALSE(changes.leads());
  said_.leads = true;
  EXPECT_TRUE(changes.leads());
}

}  // namespace
}  // namespace pointsman::app
