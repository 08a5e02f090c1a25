// Disks that fill up or fail: SQLite's own file layer, made to fail on demand.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <limits>

#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/store.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

std::atomic<int> write_failure{SQLITE_OK};
std::atomic<int> sync_failure{SQLITE_OK};

// SQLite locks only the main file, so that file and the others come with methods of their own.
struct Methods {
  sqlite3_io_methods real;
  sqlite3_io_methods failing;
};
Methods main_file;
Methods other_file;

template <Methods& methods>
int failing_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int failure = write_failure.load();
  return failure != SQLITE_OK ? failure : methods.real.xWrite(file, data, size, offset);
}

template <Methods& methods>
int failing_sync(sqlite3_file* file, int flags) {
  const int failure = sync_failure.load();
  return failure != SQLITE_OK ? failure : methods.real.xSync(file, flags);
}

template <Methods& methods>
void make_failing(sqlite3_file* file) {
  methods.real = *file->pMethods;
  methods.failing = methods.real;
  methods.failing.xWrite = failing_write<methods>;
  methods.failing.xSync = failing_sync<methods>;
  file->pMethods = &methods.failing;
}

int open_failing(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    make_failing<main_file>(file);
  } else {
    make_failing<other_file>(file);
  }
  return code;
}

// Every database opened while one of these lives goes through the failing layer.
class FaultTest : public testing::Test {
 protected:
  FaultTest() {
    real_ = sqlite3_vfs_find(nullptr);
    failing_ = *real_;
    failing_.zName = "failing";
    failing_.pAppData = real_;
    failing_.xOpen = open_failing;
    sqlite3_vfs_register(&failing_, 1);
    options_.directory = directory_.file("ledger");
    options_.ring_bytes = 1 << 20;
  }
  ~FaultTest() override {
    write_failure = SQLITE_OK;
    sync_failure = SQLITE_OK;
    sqlite3_vfs_unregister(&failing_);
    sqlite3_vfs_register(real_, 1);
  }
  std::unique_ptr<Store> open() {
    auto store = Store::open(options_);
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
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs failing_{};
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

TEST_F(FaultTest, AWriteErrorIsReportedAndNothingAppendedIsLost) {
  {
    const auto store = open();
    write_failure = SQLITE_IOERR_WRITE;
    append(*store, 4);
    ASSERT_FALSE(store->flush().has_value());
    EXPECT_TRUE(store->failed());
    write_failure = SQLITE_OK;
  }
  EXPECT_EQ(open()->recovered(), 4U);
  EXPECT_EQ(count(), 4U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
