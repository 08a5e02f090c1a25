#include "limits/rate_window.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "limits/rate_view.h"

namespace pointsman::limits {
namespace {

base::MonoTime at_ms(std::int64_t ms) {
  return base::MonoTime(std::chrono::milliseconds(ms));
}

TEST(RateWindow, NothingUsedIsUnusedAtOnce) {
  RateWindow window(100, at_ms(5'000));
  EXPECT_EQ(window.until_unused(at_ms(5'000)), base::Duration::zero());
  window.take(3);
  window.change(5, -3);
  EXPECT_EQ(window.until_unused(at_ms(5'000)), base::Duration::zero());
}

TEST(RateWindow, IsUnusedAMinuteAfterItsNewestSecond) {
  RateWindow window(100, at_ms(5'000));
  window.take(3);
  window.advance(at_ms(9'250));
  window.take(1);
  EXPECT_EQ(window.until_unused(at_ms(9'250)), std::chrono::milliseconds(60'750));
  window.advance(at_ms(69'999));
  EXPECT_EQ(window.until_unused(at_ms(69'999)), std::chrono::milliseconds(1));
  window.advance(at_ms(70'000));
  EXPECT_EQ(window.until_unused(at_ms(70'000)), base::Duration::zero());
}

TEST(RateWindow, UntilUnusedIsTheWaitForTheWholeLimit) {
  base::Rng rng(11);
  for (int run = 0; run < 200; ++run) {
    std::int64_t now = 100'000 + static_cast<std::int64_t>(rng.below(100'000));
    RateWindow window(1'000'000, at_ms(now));
    for (int step = 0; step < 50; ++step) {
      now += static_cast<std::int64_t>(rng.below(rng.below(2) == 0 ? 3'000 : 30'000));
      window.advance(at_ms(now));
      if (rng.below(2) == 0) window.take(static_cast<std::int64_t>(rng.below(100)));
      if (rng.below(4) == 0) window.change(window.second() - static_cast<std::int64_t>(rng.below(70)), -50);
      ASSERT_EQ(window.until_unused(at_ms(now)), RateView(window, nullptr, 1).wait_for(window.limit(), at_ms(now)));
    }
  }
}

}  // namespace
}  // namespace pointsman::limits
