#include "journal/writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>

#include "journal/store.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::journal {
namespace {

// A database that lacks memory for what it is told to: the writer's own upkeep comes when it likes, and must not use up
// what is meant for something else.
class ShortOfMemory final : public Destination {
 public:
  struct Seen {
    std::atomic<int> failed_inserts{0};  // to come
    std::atomic<bool> upkeep_fails{false};
    std::atomic<bool> policies_fail{false};
    std::atomic<std::size_t> rows{0};
  };
  explicit ShortOfMemory(Seen& seen) : seen_(seen) {}

  base::Result<void> insert(std::span<PendingRow> rows) override {
    if (seen_.failed_inserts > 0) {
      --seen_.failed_inserts;
      throw std::bad_alloc();
    }
    seen_.rows += rows.size();
    return {};
  }
  base::Result<bool> upkeep(base::WallTime) override {
    if (seen_.upkeep_fails) throw std::bad_alloc();
    return false;
  }
  base::Result<void> save_policy(const std::string&, const std::string&) override {
    if (seen_.policies_fail) throw std::bad_alloc();
    return {};
  }
  base::Result<void> save_calibrations(const std::vector<ledger::KeptCalibration>&) override { return {}; }

 private:
  Seen& seen_;
};

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    StoreOptions options;
    options.directory = directory_.file("ledger");
    options.ring_bytes = 1 << 20;
    auto store = Store::open(std::move(options), [this] { return std::make_unique<ShortOfMemory>(seen_); });
    EXPECT_TRUE(store.has_value()) << store.error().message();
    store_ = std::move(*store);
  }
  void append(int entries) {
    for (int i = 0; i < entries; ++i) {
      ASSERT_TRUE(store_->sink(0).reserve().has_value());
      store_->sink(0).append(test::typical_entry(ids_.next(base::SystemClock().wall())));
    }
  }

  test::TemporaryDirectory directory_;
  ShortOfMemory::Seen seen_;
  base::UuidGenerator ids_{1};
  std::unique_ptr<Store> store_;
};

TEST_F(WriterTest, ABatchThatLacksMemoryIsWrittenLaterAndNobodyIsRefusedMeanwhile) {
  seen_.failed_inserts = 1;
  append(3);
  bool written = store_->flush().has_value();
  EXPECT_FALSE(store_->failed());
  EXPECT_TRUE(store_->sink(0).reserve().has_value()) << "the journals hold what comes";
  store_->sink(0).release();
  if (!written) written = store_->flush().has_value();
  EXPECT_TRUE(written);
  EXPECT_EQ(seen_.failed_inserts, 0);
  EXPECT_EQ(seen_.rows, 3U);
}

TEST_F(WriterTest, ATaskThatLacksMemoryFailsAndTheNextOneIsDone) {
  seen_.policies_fail = true;
  const auto saved = store_->save_policy("v", "d");
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().code(), base::ErrorCode::kOverloaded);
  seen_.policies_fail = false;
  EXPECT_TRUE(store_->save_policy("v", "d").has_value());
}

TEST_F(WriterTest, UpkeepThatLacksMemoryEndsNothing) {
  seen_.upkeep_fails = true;
  EXPECT_FALSE(store_->prune().has_value());
  seen_.upkeep_fails = false;
  append(2);
  EXPECT_TRUE(store_->flush().has_value());
  EXPECT_EQ(seen_.rows, 2U);
}

}  // namespace
}  // namespace pointsman::journal
