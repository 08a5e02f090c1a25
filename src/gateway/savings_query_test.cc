#include "gateway/savings_query.h"

#include <gtest/gtest.h>

#include <limits>

namespace pointsman::gateway {
namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'767'348'000)};  // 2026-01-02 10:00:00 UTC

TEST(SavingsQuery, IsTheLastThirtyDaysByRouteUnlessItSaysOtherwise) {
  const auto query = read_savings_query("", kNow);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->by, ledger::SavingsBy::kRoute);
  EXPECT_EQ(query->filter.since, kNow - std::chrono::hours(24 * 30));
  EXPECT_FALSE(query->filter.until);
  EXPECT_FALSE(query->filter.newest_first);
  EXPECT_EQ(query->filter.limit, std::numeric_limits<std::size_t>::max());
}

TEST(SavingsQuery, TakesEveryParameterPercentEncodedOrNot) {
  const auto query =
      read_savings_query("since=1h&&until=2026-01-02T09%3A30&by=model&category=a%20b+c&model=x%2fy", kNow);
  ASSERT_TRUE(query) << query.error().message();
  EXPECT_EQ(query->by, ledger::SavingsBy::kModel);
  EXPECT_EQ(query->filter.since, kNow - std::chrono::hours(1));
  EXPECT_EQ(query->filter.until, kNow - std::chrono::minutes(30));
  EXPECT_EQ(query->filter.category, "a b c");
  EXPECT_EQ(query->filter.model, "x/y");
}

TEST(SavingsQuery, RefusesWhatItDoesNotUnderstandByName) {
  for (const char* bad : {"by=moon", "by", "since=yesterday", "until=", "color=red", "model=%4", "model=%zz", "=1"}) {
    const auto query = read_savings_query(bad, kNow);
    ASSERT_FALSE(query) << bad;
    EXPECT_EQ(query.error().code(), base::ErrorCode::kInvalidArgument) << bad;
    EXPECT_EQ(query.error().origin(), base::Origin::kClient) << bad;
  }
}

}  // namespace
}  // namespace pointsman::gateway
