// Which refusals are told: the first of a budget in its period, and no other.
#include "limits/refusal_log.h"

#include <gtest/gtest.h>

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNow{std::chrono::hours(500'000)};

Denial used_up(std::string node = "acme@ci", base::Duration left = 2h) {
  Denial out;
  out.limit = LimitKind::kMoney;
  out.recovery = Recovery::kAfter;
  out.retry_after = left;
  out.node = std::move(node);
  out.period = Period::kDay;
  out.maximum = 1'000;
  out.used = 990;
  out.asked = 40;
  return out;
}

TEST(RefusalLog, KeepsTheFirstOfEachBudgetInItsPeriod) {
  RefusalLog log;
  EXPECT_TRUE(log.note(used_up(), kNow));
  EXPECT_FALSE(log.note(used_up("acme@ci", 1h), kNow + 1h));
  EXPECT_TRUE(log.note(used_up("acme"), kNow)) << "another node";
  Denial tokens = used_up();
  tokens.limit = LimitKind::kTokens;
  EXPECT_TRUE(log.note(tokens, kNow)) << "another side";
  Denial month = used_up();
  month.period = Period::kMonth;
  EXPECT_TRUE(log.note(month, kNow)) << "another budget";
  const auto kept = log.take();
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0].at, kNow);
  EXPECT_EQ(kept[0].resets, kNow + 2h);
  EXPECT_TRUE(log.take().empty());
}

TEST(RefusalLog, BeginsAnewWithThePeriodAndWithAnotherLimit) {
  RefusalLog log;
  EXPECT_TRUE(log.note(used_up(), kNow));
  Denial raised = used_up();
  raised.maximum = 2'000;
  EXPECT_TRUE(log.note(raised, kNow + 1min));
  EXPECT_FALSE(log.note(raised, kNow + 2min));
  EXPECT_TRUE(log.note(raised, kNow + 3h));
}

TEST(RefusalLog, TellsATotalOnce) {
  RefusalLog log;
  Denial total = used_up();
  total.period = Period::kTotal;
  total.recovery = Recovery::kNever;
  EXPECT_TRUE(log.note(total, kNow));
  EXPECT_FALSE(log.note(total, kNow + std::chrono::days(4'000)));
  EXPECT_FALSE(log.take()[0].resets);
}

TEST(RefusalLog, TakesNothingElseForABudgetThatIsUsedUp) {
  RefusalLog log;
  Denial others = used_up();
  others.recovery = Recovery::kWhenOthersFinish;
  EXPECT_FALSE(log.note(others, kNow)) << "room as soon as others have ended";
  Denial large = used_up();
  large.asked = 1'001;
  large.recovery = Recovery::kNever;
  EXPECT_FALSE(log.note(large, kNow)) << "more than the budget ever holds";
  Denial rate = used_up();
  rate.limit = LimitKind::kRequestsPerMinute;
  rate.period.reset();
  EXPECT_FALSE(log.note(rate, kNow));
  Denial unpriced = used_up();
  unpriced.limit = LimitKind::kUnknownPrice;
  EXPECT_FALSE(log.note(unpriced, kNow));
}

TEST(RefusalLog, IsBoundedWhateverEndUsersAreInvented) {
  RefusalLog log;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < RefusalLog::kMostRemembered + 500; ++i) {
    kept += log.note(used_up("acme@ci#" + std::to_string(i)), kNow) ? 1 : 0;
  }
  EXPECT_EQ(kept, RefusalLog::kMostKept);
  EXPECT_EQ(log.take().size(), RefusalLog::kMostKept);
  EXPECT_EQ(log.lost(), RefusalLog::kMostRemembered + 500 - RefusalLog::kMostKept);
  EXPECT_FALSE(log.note(used_up("late"), kNow + 1h));
  EXPECT_TRUE(log.note(used_up("late"), kNow + 3h)) << "those that have begun anew made room";
}

}  // namespace
}  // namespace pointsman::limits
