#include "ledger_sqlite/calibrations.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/store.h"
#include "support/calibrations_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteCalibrations {
  SqliteCalibrations() { std::filesystem::create_directory(path); }
  std::unique_ptr<journal::Destination> destination() const {
    return opened(ledger_sqlite::open_destination(path, {}));
  }
  base::Result<std::vector<ledger::KeptCalibration>> read() const { return ledger_sqlite::read_calibrations(path); }

  TemporaryDirectory directory;
  std::string path = directory.file("ledger");
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CalibrationsContract, SqliteCalibrations);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

using Kept = std::vector<ledger::KeptCalibration>;

class CalibrationsTest : public testing::Test {
 protected:
  Kept read() const {
    const auto got = read_calibrations(path_);
    EXPECT_TRUE(got.has_value()) << got.error().message();
    return got.value_or(Kept());
  }

  test::TemporaryDirectory directory_;
  const std::string path_ = directory_.file("ledger");
};

TEST_F(CalibrationsTest, TheyOutliveTheStore) {
  {
    auto store = open_store({.directory = path_, .writer = {}});
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->save_calibrations({{"a", "m", "o200k", "one"}}).has_value());
  }
  EXPECT_EQ(read(), (Kept{{"a", "m", "o200k", "one"}}));
}

TEST_F(CalibrationsTest, ALedgerOfAProgramThatKeptNoneGivesNoneAndNoLedgerIsAnError) {
  EXPECT_EQ(read_calibrations(path_).error().code(), base::ErrorCode::kNotFound);
  std::filesystem::create_directory(path_);
  auto database = Database::open(path_ + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(prepare_schema(*database).has_value());
  ASSERT_TRUE(database->execute("DROP TABLE calibrations; PRAGMA user_version=2").has_value());
  EXPECT_TRUE(read().empty());
  ASSERT_TRUE(prepare_schema(*database).has_value()) << "an older ledger gets the table";
  ASSERT_TRUE(put_calibrations(*database, {{"a", "m", "o200k", "one"}}).has_value());
  EXPECT_EQ(read().size(), 1U);
}

TEST_F(CalibrationsTest, AFailedWriteChangesNothing) {
  std::filesystem::create_directory(path_);
  auto database = Database::open(path_ + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(prepare_schema(*database).has_value());
  ASSERT_TRUE(
      database->execute("CREATE TRIGGER no BEFORE INSERT ON calibrations WHEN NEW.model = 'bad' "
                        "BEGIN SELECT RAISE(ABORT, 'no'); END"));
  EXPECT_FALSE(put_calibrations(*database, {{"a", "good", "o200k", "x"}, {"a", "bad", "o200k", "x"}}).has_value());
  EXPECT_TRUE(database->autocommit());
  EXPECT_TRUE(read().empty());
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
