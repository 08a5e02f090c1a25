#include "admin/spread.h"

#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

using std::chrono::microseconds;

TEST(Spread, SaysNothingOfNothing) {
  EXPECT_FALSE(Spread().at(0.5).has_value());
}

TEST(Spread, IsExactForSmallValues) {
  Spread spread;
  for (int i = 1; i <= 20; ++i) spread.add(microseconds(i));
  EXPECT_EQ(spread.at(0.5), 10);
  EXPECT_EQ(spread.at(0.95), 19);
  EXPECT_EQ(spread.at(0.99), 20);
}

TEST(Spread, IsNearForEveryMagnitude) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 39); value = value * 3 + 7) {
    Spread spread;
    spread.add(microseconds(value));
    const auto read = spread.at(0.5);
    ASSERT_TRUE(read.has_value());
    EXPECT_NEAR(static_cast<double>(*read), static_cast<double>(value), 0.016 * static_cast<double>(value) + 0.5);
  }
}

TEST(Spread, TakesWhatNoClockSays) {
  Spread spread;
  spread.add(microseconds(-5));
  EXPECT_EQ(spread.at(0.5), 0);
  spread.add(microseconds(std::int64_t{1} << 60));
  EXPECT_GT(spread.at(0.99), std::int64_t{1} << 39);
}

}  // namespace
}  // namespace pointsman::admin
