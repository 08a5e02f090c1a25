#include "ledger_sqlite/feedback_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "ledger_sqlite/learning_db.h"
#include "support/feedback_store_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteFeedback {
  TemporaryDirectory directory;
  std::unique_ptr<ledger::FeedbackStore> open() {
    auto store = ledger_sqlite::open_feedback_store(directory.file("ledger"));
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, FeedbackStoreContract, SqliteFeedback);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

using test::kFeedbackTime;

class FeedbackFileTest : public testing::Test {
 protected:
  std::unique_ptr<ledger::FeedbackStore> open() {
    auto store = open_feedback_store(path_);
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  void add(ledger::FeedbackStore& store, base::UuidGenerator& ids) {
    const ledger::Entry about = test::typical_entry(ids.next(kFeedbackTime));
    ledger::Feedback feedback;
    feedback.id = ids.next(kFeedbackTime);
    feedback.decision = about.id;
    feedback.category = "hard";
    const auto receipt = store.add(feedback, about);
    ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
  }
  static int mode_of(const std::string& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return static_cast<int>(facts.st_mode & 0777);
  }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
};

TEST_F(FeedbackFileTest, NobodyElseCanReadTheFiles) {
  const auto store = open();
  base::UuidGenerator ids(1);
  add(*store, ids);
  EXPECT_EQ(mode_of(path_), 0700);
  for (const char* name : {"/learning.db", "/learning.db-wal", "/learning.db-shm"}) {
    EXPECT_EQ(mode_of(path_ + name), 0600) << name;
  }
}

TEST_F(FeedbackFileTest, ReadingWhereNothingWasKeptMakesNothing) {
  const auto reader = open_feedback_store(path_, OpenMode::kReadOnly);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(FeedbackFileTest, AReaderSeesWhatAWriterKeepsAndCannotWrite) {
  const auto writer = open();
  base::UuidGenerator ids(1);
  add(*writer, ids);
  const auto reader = open_feedback_store(path_, OpenMode::kReadOnly);
  ASSERT_TRUE(reader.has_value()) << reader.error().message();
  EXPECT_EQ((*reader)->labels_since({}).value(), 1U);
  EXPECT_FALSE((*reader)->release({}, "ada").has_value());
}

TEST_F(FeedbackFileTest, RefusesAFileOfANewerProgram) {
  open().reset();
  {
    auto database = Database::open(path_ + "/" + kLearningFile, OpenMode::kReadWriteCreate);
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE(database->execute("PRAGMA user_version=999").has_value());
  }
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWriteCreate}) {
    const auto refused = open_feedback_store(path_, mode);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnsupported);
  }
}

TEST_F(FeedbackFileTest, AnEntryThatIsDamagedIsNamed) {
  const auto store = open();
  base::UuidGenerator ids(1);
  add(*store, ids);
  auto database = Database::open(path_ + "/" + kLearningFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database->execute("UPDATE samples SET record = x'00'").has_value());
  const auto scanned = store->scan([](const auto&, const auto&) { return true; });
  ASSERT_FALSE(scanned.has_value());
  EXPECT_EQ(scanned.error().code(), base::ErrorCode::kCorrupt);
  EXPECT_NE(scanned.error().message().find(base::Uuid::at(kFeedbackTime).to_string().substr(0, 13)), std::string::npos)
      << scanned.error().message();
}

TEST_F(FeedbackFileTest, ManyThatOpenANewFileAtOnceAllGetTheirFeedbackIn) {
  std::vector<std::thread> writers;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    writers.emplace_back([this, seed] {
      base::UuidGenerator ids(seed);
      const auto store = open();
      for (int i = 0; store && i < 10; ++i) add(*store, ids);
    });
  }
  for (std::thread& one : writers) one.join();
  EXPECT_EQ(open()->labels_since({}).value(), 60U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
