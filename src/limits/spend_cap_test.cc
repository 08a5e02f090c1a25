#include "limits/spend_cap.h"

#include <gtest/gtest.h>

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

class SpendCapsTest : public testing::Test {
 protected:
  base::WallTime now_ = std::chrono::sys_days(std::chrono::year(2026) / 5 / 13) + 12h + 59min;
  std::vector<SpendCapDefinition> caps_ = {{SpendKind::kFallback, Period::kHour, 100},
                                           {SpendKind::kFallback, Period::kDay, 150}};
  SpendCaps spend_ = *SpendCaps::create(caps_, TimeZone(), UnknownPrice::kReject, now_);
};

TEST_F(SpendCapsTest, RefusesWhatDoesNotFitTheTightestCap) {
  const auto first = spend_.admit(SpendKind::kFallback, 80, now_);
  ASSERT_TRUE(first);
  EXPECT_EQ(spend_.room(SpendKind::kFallback, now_), 20);
  EXPECT_EQ(spend_.admit(SpendKind::kFallback, 30, now_).error().node, "fallback");
  EXPECT_EQ(spend_.settle(*first, 70).nanos, 70);
  EXPECT_TRUE(spend_.admit(SpendKind::kFallback, 30, now_));
  EXPECT_EQ(spend_.admit(SpendKind::kFallback, 1, now_).error().recovery, Recovery::kWhenOthersFinish);
}

TEST_F(SpendCapsTest, ANewHourHasItsOwnRoomWithinTheDay) {
  spend_.settle(*spend_.admit(SpendKind::kFallback, 100, now_), 100);
  now_ += 1min;
  EXPECT_EQ(spend_.room(SpendKind::kFallback, now_), 50);
  EXPECT_EQ(spend_.admit(SpendKind::kFallback, 60, now_).error().period, Period::kDay);
}

TEST_F(SpendCapsTest, AnUnknownCostIsTheWorstCaseAndAReleasedOneNothing) {
  EXPECT_TRUE(spend_.settle(*spend_.admit(SpendKind::kFallback, 40, now_), std::nullopt).cost_unknown);
  const auto id = spend_.admit(SpendKind::kFallback, 60, now_);
  EXPECT_TRUE(spend_.release(*id).found);
  EXPECT_FALSE(spend_.release(*id).found);
  EXPECT_EQ(spend_.room(SpendKind::kFallback, now_), 60);
  EXPECT_EQ(spend_.admit(SpendKind::kFallback, std::nullopt, now_).error().limit, LimitKind::kUnknownPrice);
}

TEST_F(SpendCapsTest, AKindWithoutACapPasses) {
  const auto id = spend_.admit(SpendKind::kClassifier, std::nullopt, now_);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, ReservationId{});
  EXPECT_FALSE(spend_.settle(*id, 5).found);
  EXPECT_EQ(spend_.room(SpendKind::kClassifier, now_), std::nullopt);
}

TEST_F(SpendCapsTest, KeepsWhatWasSpentWhenItsCapsChange) {
  EXPECT_TRUE(spend_.restore(SpendKind::kFallback, Period::kDay, std::chrono::floor<std::chrono::days>(now_), 90));
  caps_ = {{SpendKind::kFallback, Period::kDay, 120}, {SpendKind::kClassifier, Period::kDay, 10}};
  ASSERT_TRUE(spend_.reconfigure(caps_, TimeZone(), UnknownPrice::kReject, now_));
  EXPECT_EQ(spend_.room(SpendKind::kFallback, now_), 30);
  EXPECT_EQ(spend_.room(SpendKind::kClassifier, now_), 10);
  caps_.push_back({SpendKind::kClassifier, Period::kDay, 20});
  EXPECT_FALSE(spend_.reconfigure(caps_, TimeZone(), UnknownPrice::kReject, now_)) << "two caps for the same day";
}

}  // namespace
}  // namespace pointsman::limits
