#include "ledger_sqlite/ledger_gauge.h"

#include <gtest/gtest.h>

#include "ledger_sqlite/store.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

class LedgerGaugeTest : public testing::Test {
 protected:
  void keep(int count) {
    StoreOptions options;
    options.directory = ledger_;
    options.ring_bytes = 1 << 20;
    options.writer.clock = &clock_;
    auto store = open_store(options);
    ASSERT_TRUE(store) << store.error().message();
    for (int i = 0; i < count; ++i) {
      clock_.advance(std::chrono::seconds(1));
      ledger::Entry entry = test::typical_entry(ids_.next(clock_.wall()));
      entry.started = clock_.wall();
      ASSERT_TRUE((*store)->sink(0).reserve());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close());
  }

  test::TemporaryDirectory directory_;
  std::string ledger_ = directory_.file("ledger");
  base::ManualClock clock_;
  base::UuidGenerator ids_{3};
};

TEST_F(LedgerGaugeTest, WhereThereIsNoLedgerThereIsNothingToMeasure) {
  const auto gauge = open_gauge(ledger_);
  ASSERT_FALSE(gauge);
  EXPECT_EQ(gauge.error().code(), base::ErrorCode::kNotFound);
}

TEST_F(LedgerGaugeTest, AnEmptyOneHasNoEnds) {
  keep(0);
  const auto gauge = open_gauge(ledger_);
  ASSERT_TRUE(gauge);
  const auto size = (*gauge)->measure(clock_.mono());
  ASSERT_TRUE(size);
  EXPECT_EQ(size->entries, 0);
  EXPECT_FALSE(size->oldest || size->newest);
  EXPECT_GT(size->bytes, 0U);
}

TEST_F(LedgerGaugeTest, CountsAllOnceAndThenWhatCame) {
  const base::WallTime first = clock_.wall() + std::chrono::seconds(1);
  keep(4);
  const auto gauge = open_gauge(ledger_);
  ASSERT_TRUE(gauge);
  EXPECT_EQ((*gauge)->measure(clock_.mono())->entries, 4);
  keep(3);
  const auto size = (*gauge)->measure(clock_.mono());
  EXPECT_EQ(size->entries, 7);
  const auto whole = [](base::WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); };
  EXPECT_EQ(whole(*size->oldest), whole(first));
  EXPECT_EQ(whole(*size->newest), whole(clock_.wall()));
  clock_.advance(ledger::LedgerGauge::kRecount);
  EXPECT_EQ((*gauge)->measure(clock_.mono())->entries, 7) << "all of them once more";
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
