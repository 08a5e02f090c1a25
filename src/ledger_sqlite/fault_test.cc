// Disks that fill up or fail: SQLite's own file layer, made to fail on demand.
#include <gtest/gtest.h>

#include <limits>

#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/store.h"
#include "support/failing_files.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

using test::sync_failure;
using test::write_failure;

class FaultTest : public testing::Test {
 protected:
  FaultTest() {
    options_.directory = directory_.file("ledger");
    options_.ring_bytes = 1 << 20;
  }
  std::unique_ptr<Store> open() {
    auto store = open_store(options_);
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  void append(Store& store, int entries) {
    for (int i = 0; i < entries; ++i) {
      ASSERT_TRUE(store.sink(0).reserve().has_value());
      store.sink(0).append(test::typical_entry(ids_.next(base::SystemClock().wall())));
    }
  }
  std::size_t count() {
    std::size_t rows = 0;
    ledger::Filter all;
    all.limit = std::numeric_limits<std::size_t>::max();
    auto reader = open_reader(options_.directory);
    EXPECT_TRUE(reader.has_value());
    EXPECT_TRUE((*reader)->scan(all, [&](const ledger::Entry&) { return ++rows > 0; }).has_value());
    return rows;
  }

  test::TemporaryDirectory directory_;
  StoreOptions options_;
  base::UuidGenerator ids_{1};
  test::FailingFiles failing_;
};

TEST_F(FaultTest, AFullDiskRefusesRequestsUntilThereIsRoomAndLosesNothing) {
  const auto store = open();
  append(*store, 3);
  ASSERT_TRUE(store->flush().has_value());
  write_failure = SQLITE_FULL;
  append(*store, 5);
  ASSERT_FALSE(store->flush().has_value());
  EXPECT_TRUE(store->failed());
  const auto refused = store->sink(0).reserve();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kOverloaded);
  EXPECT_NE(refused.error().message().find("full"), std::string::npos) << refused.error().message();
  write_failure = SQLITE_OK;
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_FALSE(store->failed());
  EXPECT_EQ(count(), 8U);
}

TEST_F(FaultTest, AFailedFsyncEndsTheTrustInTheFileAndTheNextStartRecovers) {
  {
    const auto store = open();
    append(*store, 3);
    ASSERT_TRUE(store->flush().has_value());
    sync_failure = SQLITE_IOERR_FSYNC;
    append(*store, 5);
    ASSERT_FALSE(store->flush().has_value());
    sync_failure = SQLITE_OK;
    EXPECT_FALSE(store->flush().has_value()) << "an fsync that succeeds later proves nothing";
    EXPECT_FALSE(store->sink(0).reserve().has_value());
    EXPECT_FALSE(store->save_policy("v", "d").has_value());
    EXPECT_FALSE(store->close().has_value());
  }
  const auto store = open();
  EXPECT_EQ(store->recovered(), 5U);
  EXPECT_EQ(count(), 8U);
}

TEST_F(FaultTest, AfterAWriteErrorItIsTriedAgainAndServesAgain) {
  const auto store = open();
  for (const int failure : {SQLITE_IOERR_WRITE, SQLITE_IOERR_READ, SQLITE_IOERR_NOMEM}) {
    write_failure = failure;
    append(*store, 4);
    ASSERT_FALSE(store->flush().has_value());
    EXPECT_FALSE(store->sink(0).reserve().has_value()) << "refused while it cannot be written";
    write_failure = SQLITE_OK;
    ASSERT_TRUE(store->flush().has_value()) << failure;
    EXPECT_TRUE(store->sink(0).reserve().has_value());
  }
  EXPECT_EQ(count(), 12U);
}

TEST_F(FaultTest, AWriteErrorIsReportedAndNothingAppendedIsLost) {
  {
    const auto store = open();
    write_failure = SQLITE_IOERR_WRITE;
    append(*store, 4);
    ASSERT_FALSE(store->flush().has_value());
    EXPECT_TRUE(store->failed());
    EXPECT_FALSE(store->close().has_value());
  }
  write_failure = SQLITE_OK;
  EXPECT_EQ(open()->recovered(), 4U);
  EXPECT_EQ(count(), 4U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
