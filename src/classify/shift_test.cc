#include "classify/shift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "base/rng.h"

namespace pointsman::classify {
namespace {

// Requests whose largest probability is uniform between 0 and 1 have exactly these shares.
const std::vector<DoubtLevel> kLevels{{0.05F, 0.05}, {0.1F, 0.1}, {0.2F, 0.2}};

// How many requests until the flag, of `most`; `most` if it stayed down.
int requests_until_raised(ShiftDetector& detector, base::Rng& rng, double power, int most) {
  for (int i = 0; i < most; ++i) {
    const float probability = static_cast<float>(std::pow(rng.uniform(), power));
    if (detector.observe(probability) == ShiftEvent::kRaised) return i;
  }
  return most;
}

TEST(ShiftDetector, RaisesNoMoreFalseAlarmsThanItStates) {
  constexpr int kStreams = 2000;
  constexpr int kRequests = 1000;
  int raised = 0;
  for (int stream = 0; stream < kStreams; ++stream) {
    base::Rng rng(static_cast<std::uint64_t>(stream) + 1);
    ShiftDetector detector(kLevels, {.requests_between_false_alarms = 20'000});
    raised += requests_until_raised(detector, rng, 1, kRequests) < kRequests ? 1 : 0;
  }
  // At most 1000 / 20000 of the streams; the bound is not empty either, so some must have.
  EXPECT_LE(raised, kStreams / 20);
  EXPECT_GT(raised, 0);
}

TEST(ShiftDetector, GoesWithoutAFalseAlarmForAsLongOnAverageAsItStates) {
  constexpr int kStreams = 100;
  constexpr int kStated = 2000;
  double total = 0;
  for (int stream = 0; stream < kStreams; ++stream) {
    base::Rng rng(static_cast<std::uint64_t>(stream) + 99);
    ShiftDetector detector(kLevels, {.requests_between_false_alarms = kStated});
    total += requests_until_raised(detector, rng, 1, 100 * kStated);
  }
  EXPECT_GE(total / kStreams, kStated);
}

TEST(ShiftDetector, NoticesClearShiftWithinFewRequestsAlsoAfterLongGoodTimes) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    base::Rng rng(seed);
    ShiftDetector detector(kLevels);
    ASSERT_EQ(requests_until_raised(detector, rng, 1, 5000), 5000);
    // The share below 0.1 rises from 10 % to 46 %.
    EXPECT_LT(requests_until_raised(detector, rng, 3, 1000), 150);
  }
}

TEST(ShiftDetector, IsNotAlarmedByMoreConfidenceThanUsual) {
  base::Rng rng(5);
  ShiftDetector detector(kLevels);
  EXPECT_EQ(requests_until_raised(detector, rng, 0.3, 100'000), 100'000);
  EXPECT_LT(detector.evidence(), 0.5);
}

TEST(ShiftDetector, ClearsTheFlagWhenRequestsLookLikeBeforeAndRaisesItAgain) {
  base::Rng rng(7);
  ShiftDetector detector(std::vector<DoubtLevel>{{0.1F, 0.15}}, {.clear_after = 200});
  for (int i = 0; i < 100; ++i) detector.observe(0);
  ASSERT_TRUE(detector.raised());
  EXPECT_EQ(detector.evidence(), 1);
  int until_cleared = 0;
  while (detector.observe(static_cast<float>(rng.uniform())) != ShiftEvent::kCleared) ASSERT_LT(++until_cleared, 2000);
  EXPECT_GE(until_cleared, 100);
  EXPECT_FALSE(detector.raised());
  EXPECT_LT(requests_until_raised(detector, rng, 5, 1000), 100);
}

TEST(ShiftDetector, KeepsTheFlagWhileTheShiftLasts) {
  base::Rng rng(11);
  ShiftDetector detector(kLevels, {.clear_after = 300});
  for (int i = 0; i < 100; ++i) detector.observe(0);
  ASSERT_TRUE(detector.raised());
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(detector.observe(static_cast<float>(std::pow(rng.uniform(), 2))), ShiftEvent::kNone);
  }
  EXPECT_TRUE(detector.raised());
}

TEST(ShiftDetector, WatchesNothingWithoutLevels) {
  ShiftDetector none;
  ShiftDetector useless(std::vector<DoubtLevel>{{0.5F, 1}, {0.6F, 0}, {0.7F, std::nan("")}});
  for (ShiftDetector* detector : {&none, &useless}) {
    EXPECT_FALSE(detector->watches());
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(detector->observe(0), ShiftEvent::kNone);
    EXPECT_FALSE(detector->raised());
    EXPECT_EQ(detector->evidence(), 0);
  }
}

TEST(ShiftDetector, TakesWhatIsNotANumberForDoubt) {
  ShiftDetector detector(kLevels);
  int requests = 0;
  while (!detector.raised() && requests < 1000) {
    detector.observe(std::numeric_limits<float>::quiet_NaN());
    ++requests;
  }
  EXPECT_LT(requests, 100);
}

// Copying its bytes copies it: there is no memory of its own that observe() could let grow.
static_assert(std::is_trivially_copyable_v<ShiftDetector>);

TEST(ShiftDetector, StaysFiniteHoweverLongTheShiftLasts) {
  std::vector<DoubtLevel> many(50, DoubtLevel{0.5F, 0.01});
  ShiftDetector detector(many, {.requests_between_false_alarms = std::numeric_limits<double>::max()});
  for (int i = 0; i < 100'000; ++i) detector.observe(i % 7 == 0 ? 0.9F : 0.1F);
  EXPECT_TRUE(detector.raised());
  EXPECT_TRUE(std::isfinite(detector.evidence()));
}

}  // namespace
}  // namespace pointsman::classify
