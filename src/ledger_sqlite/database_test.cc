#include "ledger_sqlite/database.h"

#include <gtest/gtest.h>

#include <new>

#include "ledger_sqlite/rollback_guard.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() : database_(*Database::open(directory_.file("test.sqlite"), OpenMode::kReadWriteCreate)) {
    EXPECT_TRUE(database_.execute("CREATE TABLE rows(one INTEGER)").has_value());
  }
  std::int64_t rows() { return database_.query_integer("SELECT count(*) FROM rows").value(); }

  test::TemporaryDirectory directory_;
  Database database_;
};

TEST_F(DatabaseTest, AGuardRollsBackWhatAnExceptionLeftOpen) {
  const auto insert = [&] {
    ASSERT_TRUE(database_.execute("BEGIN IMMEDIATE").has_value());
    const RollbackGuard guard(database_);
    ASSERT_TRUE(database_.execute("INSERT INTO rows VALUES(1)").has_value());
    throw std::bad_alloc();
  };
  EXPECT_THROW(insert(), std::bad_alloc);
  EXPECT_TRUE(database_.autocommit());
  EXPECT_EQ(rows(), 0);
}

TEST_F(DatabaseTest, AGuardLeavesAloneWhatWasCommitted) {
  {
    ASSERT_TRUE(database_.execute("BEGIN IMMEDIATE").has_value());
    const RollbackGuard guard(database_);
    ASSERT_TRUE(database_.execute("INSERT INTO rows VALUES(1); COMMIT").has_value());
  }
  EXPECT_EQ(rows(), 1);
}

TEST_F(DatabaseTest, AStatementThatFailedCanRunAgain) {
  ASSERT_TRUE(database_.execute("CREATE UNIQUE INDEX once ON rows(one)").has_value());
  auto insert = database_.prepare("INSERT INTO rows VALUES(?1)");
  ASSERT_TRUE(insert.has_value());
  const auto run = [&](std::int64_t value) {
    insert->bind(1, value);
    return insert->run().has_value();
  };
  EXPECT_TRUE(run(1));
  EXPECT_FALSE(run(1));
  EXPECT_TRUE(run(2));
  EXPECT_EQ(rows(), 2);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
