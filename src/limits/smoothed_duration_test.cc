#include "limits/smoothed_duration.h"

#include <gtest/gtest.h>

namespace pointsman::limits {
namespace {

using std::chrono::milliseconds;

TEST(SmoothedDuration, SaysNothingOfTooFew) {
  SmoothedDuration figure;
  for (std::uint32_t i = 0; i < SmoothedDuration::kLeast; ++i) {
    EXPECT_EQ(figure.value(), std::nullopt);
    figure.add(milliseconds(80));
  }
  EXPECT_EQ(figure.value(), milliseconds(80));
}

TEST(SmoothedDuration, TakesAnEighthOfTheWayToTheNewest) {
  SmoothedDuration figure;
  for (int i = 0; i < 3; ++i) figure.add(milliseconds(80));
  figure.add(milliseconds(160));
  EXPECT_EQ(figure.value(), milliseconds(90));
}

TEST(SmoothedDuration, FollowsALastingChangeWithinADozen) {
  SmoothedDuration figure;
  for (int i = 0; i < 1'000; ++i) figure.add(milliseconds(100));
  for (int i = 0; i < 12; ++i) figure.add(milliseconds(1'000));
  EXPECT_GT(figure.value(), milliseconds(800));
}

}  // namespace
}  // namespace pointsman::limits
