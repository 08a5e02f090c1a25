#include "admin/calendar.h"

#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

const base::WallTime kNow{std::chrono::seconds(1'700'000'000)};  // 2023-11-14 22:13:20 UTC

TEST(WholeDays, EndBeforeTodayAndFollowOnEachOther) {
  const auto days = whole_days(3, kNow, {});
  ASSERT_EQ(days.size(), 3U);
  EXPECT_EQ(days[0].date, "2023-11-11");
  EXPECT_EQ(days[2].date, "2023-11-13");
  EXPECT_EQ(days[0].span.end, days[1].span.begin);
  EXPECT_EQ(days[2].span.end, std::chrono::floor<std::chrono::days>(kNow));
}

TEST(ZoneOf, IsUtcWhereTheConfigurationSaysNothing) {
  EXPECT_EQ(zone_of({}).name(), "UTC");
}

}  // namespace
}  // namespace pointsman::admin
