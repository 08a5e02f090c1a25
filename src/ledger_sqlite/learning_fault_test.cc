// Disks that fill up or fail under feedback and classifiers: at every single write and sync in turn.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "ledger_sqlite/classifier_registry.h"
#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/learning_db.h"
#include "support/classifier_values.h"
#include "support/failing_files.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

using ledger::Role;
using test::classifier_version;
using test::FailingFiles;
using test::in_role;
using test::registry_event;

constexpr int kMostCalls = 200;  // far more than any one transaction makes

class LearningFault : public testing::Test {
 protected:
  std::unique_ptr<ledger::FeedbackStore> feedback() {
    auto store = open_feedback_store(path_);
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  std::unique_ptr<ledger::ClassifierRegistry> registry() {
    auto registry = open_classifier_registry(path_);
    if (!registry) ADD_FAILURE() << registry.error().message();
    return registry ? std::move(*registry) : nullptr;
  }
  bool add(ledger::FeedbackStore& store) {
    const ledger::Entry about = test::typical_entry(ids_.next(base::WallTime(std::chrono::hours(1))));
    ledger::Feedback feedback;
    feedback.id = ids_.next(base::WallTime(std::chrono::hours(2)));
    feedback.decision = about.id;
    feedback.category = "hard";
    feedback.comment = std::string(20'000, 'x');  // several pages
    return store.add(feedback, about).has_value();
  }
  std::uint64_t intact_labels() {
    auto database = Database::open(path_ + "/" + kLearningFile, OpenMode::kReadOnly);
    auto check = database->prepare("PRAGMA integrity_check");
    EXPECT_TRUE(check->step().value());
    EXPECT_EQ(check->bytes(0), "ok");
    std::uint64_t rows = 0;
    const auto scanned = feedback()->scan([&](const auto&, const auto&) { return ++rows > 0; });
    EXPECT_TRUE(scanned.has_value());
    return rows;
  }

  FailingFiles failing_;
  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::UuidGenerator ids_{1};
};

TEST_F(LearningFault, AFullDiskOrAFailedWriteRefusesFeedbackOnlyAsLongAsItLasts) {
  const auto store = feedback();
  std::uint64_t kept = 0;
  for (const int failure : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    bool succeeded = false;
    for (int calls = 0; calls < kMostCalls && !succeeded; ++calls) {
      test::calls_before_failure = calls;
      test::write_failure = failure;
      succeeded = add(*store);
      kept += succeeded ? 1 : 0;
      FailingFiles::work();
      ASSERT_TRUE(add(*store)) << "after " << failure << " at call " << calls;
      ASSERT_EQ(intact_labels(), ++kept);
    }
    EXPECT_TRUE(succeeded);
  }
}

TEST_F(LearningFault, AfterAnFsyncThatFailedAStoreRefusesUntilItIsOpenedAgain) {
  bool succeeded = false;
  std::uint64_t least = 0;
  for (int calls = 0; calls < kMostCalls && !succeeded; ++calls) {
    const auto store = feedback();
    test::calls_before_failure = calls;
    test::sync_failure = SQLITE_IOERR_FSYNC;
    succeeded = add(*store);
    FailingFiles::work();
    if (!succeeded) EXPECT_FALSE(add(*store)) << "an fsync that succeeds later proves nothing";
    // What was refused may be there or not; what was acknowledged must be.
    const std::uint64_t found = intact_labels();
    EXPECT_GE(found, least + (succeeded ? 1 : 0));
    EXPECT_LE(found, least + 1);
    least = found;
  }
  EXPECT_TRUE(succeeded);
}

TEST_F(LearningFault, AClassifierIsThereWholeOrNotAtAll) {
  bool succeeded = false;
  for (int calls = 0; calls < kMostCalls && !succeeded; ++calls) {
    const auto versions = registry();
    const std::string artefact = "artefact " + std::to_string(calls);
    const auto version = classifier_version(artefact);
    test::calls_before_failure = calls;
    test::write_failure = SQLITE_IOERR_WRITE;
    test::sync_failure = SQLITE_IOERR_FSYNC;
    succeeded = versions->add(version, artefact, registry_event("registered", version.version)).has_value();
    FailingFiles::work();
    const auto again = registry();
    ASSERT_EQ(again->versions()->size(), again->events(1'000)->size());
    for (const auto& one : *again->versions()) EXPECT_TRUE(again->artefact(one.version).has_value());
    if (succeeded) EXPECT_TRUE(again->find(version.version).has_value());
  }
  EXPECT_TRUE(succeeded);
}

TEST_F(LearningFault, APromotionHappensWithItsEventOrNotAtAll) {
  const std::vector<std::string> artefacts = {"one", "two"};
  for (const std::string& one : artefacts) {
    ASSERT_TRUE(registry()->add(classifier_version(one), one, registry_event("registered")).value());
  }
  bool succeeded = false;
  for (int calls = 0; calls < kMostCalls && !succeeded; ++calls) {
    const auto before = registry()->assignments().value();
    const std::string holder = before.empty() ? "" : before[0].version;
    const std::string next = classifier_version("one").version == holder ? classifier_version("two").version
                                                                         : classifier_version("one").version;
    const auto versions = registry();
    test::calls_before_failure = calls;
    test::write_failure = SQLITE_IOERR_WRITE;
    test::sync_failure = SQLITE_IOERR_FSYNC;
    succeeded = versions->assign(in_role(Role::kChampion, next), holder, registry_event("promoted", next)).has_value();
    FailingFiles::work();
    const auto after = registry();
    const auto assigned = after->assignments().value();
    const auto latest = after->events(1)->at(0);
    if (assigned.empty()) {
      EXPECT_EQ(latest.kind, "registered");
    } else {
      EXPECT_EQ(assigned[0].version, latest.version);
    }
    if (succeeded) EXPECT_EQ(assigned.at(0).version, next);
  }
  EXPECT_TRUE(succeeded);
}

TEST_F(LearningFault, AnArtefactThatCannotBeWrittenLeavesNoRowAndNoFile) {
  const auto versions = registry();
  const std::string artefact(1 << 20, 'a');
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 128 << 10, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = versions->add(classifier_version(artefact), artefact, registry_event("registered"));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kIo);
  EXPECT_TRUE(versions->versions()->empty());
  EXPECT_TRUE(std::filesystem::is_empty(path_ + "/classifiers"));
  EXPECT_TRUE(versions->add(classifier_version(artefact), artefact, registry_event("registered")).value());
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
