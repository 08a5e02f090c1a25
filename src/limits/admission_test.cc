#include "limits/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace pointsman::limits {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLow = 0;
constexpr std::size_t kNormal = 1;
constexpr std::size_t kHigh = 2;

class AdmissionTest : public ::testing::Test {
 protected:
  Shed ask(std::size_t priority, double draw = 0, ProcessLoad load = {}) {
    return admission_.decide(priority, load, draw, now_);
  }
  // One window in which requests of those priorities wait so long.
  void window(milliseconds wait, std::size_t low, std::size_t normal, std::size_t high) {
    const std::array<std::size_t, kPriorities> asked = {low, normal, high};
    for (std::size_t priority = 0; priority < kPriorities; ++priority) {
      for (std::size_t i = 0; i < asked[priority]; ++i) {
        admission_.waited(wait);
        ask(priority);
      }
    }
    now_ += Admission::kWindow;
    ask(kHigh);
  }

  base::MonoTime now_{std::chrono::seconds(100)};
  Admission admission_{{.max_in_flight = 100, .queue_delay = milliseconds(20)}};
};

TEST_F(AdmissionTest, LetsEverybodyInWhileThereIsRoomAndNobodyWaits) {
  for (int i = 0; i < 20; ++i) window(milliseconds(19), 5, 5, 5);
  EXPECT_EQ(ask(kLow, 0.999), Shed::kNone);
}

TEST_F(AdmissionTest, KeepsTheLastRoomForWhoMatters) {
  EXPECT_EQ(ask(kLow, 0, {.in_flight = 79}), Shed::kNone);
  EXPECT_EQ(ask(kLow, 0, {.in_flight = 80}), Shed::kInFlight);
  EXPECT_EQ(ask(kNormal, 0, {.in_flight = 94}), Shed::kNone);
  EXPECT_EQ(ask(kNormal, 0, {.in_flight = 95}), Shed::kInFlight);
  EXPECT_EQ(ask(kHigh, 0, {.in_flight = 99}), Shed::kNone);
  EXPECT_EQ(ask(kHigh, 0, {.in_flight = 100}), Shed::kInFlight);
}

TEST_F(AdmissionTest, OneIsLetInHoweverLittleRoomThereIs) {
  admission_.use({.max_in_flight = 1, .queue_delay = milliseconds(20)});
  EXPECT_EQ(ask(kLow, 0, {.in_flight = 0}), Shed::kNone);
  EXPECT_EQ(ask(kLow, 0, {.in_flight = 1}), Shed::kInFlight);
}

TEST_F(AdmissionTest, NobodyIsLetInWithoutMemory) {
  EXPECT_EQ(ask(kHigh, 0, {.memory_short = true}), Shed::kMemory);
}

TEST_F(AdmissionTest, CutsByHowFarTheWaitIsOverTheGoalAndRecoversSlowly) {
  window(milliseconds(25), 0, 10, 0);
  EXPECT_DOUBLE_EQ(admission_.share(kNormal), 0.8);
  window(milliseconds(21), 0, 100, 0);
  EXPECT_NEAR(admission_.share(kNormal), 0.8, 0.01) << "still too long, but falling";
  window(milliseconds(21), 0, 100, 0);
  EXPECT_NEAR(admission_.share(kNormal), 0.8 * 0.9, 0.01);
  window(milliseconds(1000), 0, 100, 0);
  EXPECT_NEAR(admission_.share(kNormal), 0.8 * 0.9 * 0.5, 0.01);
  EXPECT_EQ(ask(kNormal, 0.5), Shed::kQueueDelay);
  EXPECT_EQ(ask(kNormal, 0.2), Shed::kNone);
  window(milliseconds(1), 0, 100, 0);
  EXPECT_NEAR(admission_.share(kNormal), 0.36 + 0.02, 0.01);
  now_ += std::chrono::seconds(4);
  EXPECT_EQ(ask(kNormal, 0.999), Shed::kNone) << "a pause is as good as many good windows";
}

TEST_F(AdmissionTest, SomeAreAlwaysLetIn) {
  for (int i = 0; i < 50; ++i) window(milliseconds(1000), 10, 10, 10);
  EXPECT_EQ(ask(kLow, 0.01), Shed::kNone);
  EXPECT_EQ(ask(kLow, 0.03), Shed::kQueueDelay);
}

TEST_F(AdmissionTest, TheHighestPriorityIsServedFirst) {
  window(milliseconds(40), 50, 40, 10);  // half of all: 10 of high, 40 of normal
  EXPECT_DOUBLE_EQ(admission_.share(kHigh), 1);
  EXPECT_NEAR(admission_.share(kNormal), 1, 0.01);
  EXPECT_DOUBLE_EQ(admission_.share(kLow), Admission::kLeast);
}

TEST_F(AdmissionTest, WithoutAGoalNobodyIsTurnedAwayForWaiting) {
  admission_.use({.max_in_flight = 100, .queue_delay = milliseconds(0)});
  for (int i = 0; i < 5; ++i) window(milliseconds(1000), 10, 0, 0);
  EXPECT_EQ(ask(kLow, 0.999), Shed::kNone);
}

TEST_F(AdmissionTest, AWindowOfWhichNothingIsKnownGoesOn) {
  window(milliseconds(25), 0, 10, 0);
  ASSERT_DOUBLE_EQ(admission_.share(kNormal), 0.8);
  for (int i = 0; i < 5; ++i) {  // requests come, none is measured
    ask(kNormal);
    now_ += Admission::kWindow;
  }
  EXPECT_DOUBLE_EQ(admission_.share(kNormal), 0.8);
  admission_.waited(milliseconds(50));
  ask(kNormal);
  EXPECT_LT(admission_.share(kNormal), 0.5);
}

// A server with one queue in front that is asked for three times what it can do; time stands still but for its work.
class ThreeTimesTheCapacity : public AdmissionTest {
 protected:
  struct Costs {
    std::chrono::microseconds serve;
    std::chrono::microseconds turn_away;
  };
  struct Outcome {
    double done_per_second = 0;
    base::Duration longest{};
    base::Duration p99{};
  };
  // Every eighth request is measured, as the gateway does.
  Outcome run(const Costs& costs) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::exponential_distribution<double> gap(3e6 / static_cast<double>(costs.serve.count()));
    const base::MonoTime begin = now_;
    base::MonoTime free = now_;  // when the server has done what came before
    base::MonoTime came = begin;
    std::vector<base::Duration> waits;
    constexpr std::chrono::seconds kLearning(2);  // it has to find out first
    constexpr std::chrono::seconds kCounted(10);
    for (unsigned i = 0; came - begin < kLearning + kCounted; ++i) {
      came += std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(gap(random)));
      now_ = std::max(free, came);
      if (i % 8 == 0) admission_.waited(now_ - came);
      const bool in = ask(kNormal, uniform(random)) == Shed::kNone;
      if (in && came - begin > kLearning) waits.push_back(now_ - came);
      free = now_ + (in ? costs.serve : costs.turn_away);
    }
    std::ranges::sort(waits);
    return {static_cast<double>(waits.size()) / kCounted.count(), waits.back(), waits[waits.size() * 99 / 100]};
  }
};

TEST_F(ThreeTimesTheCapacity, IsServedAlmostInFullWhereTurningAwayCostsNothing) {
  const Outcome outcome = run({.serve = std::chrono::microseconds(1000), .turn_away = std::chrono::microseconds(20)});
  EXPECT_GT(outcome.done_per_second, 0.9 * (1000 - 2000 * 0.02));
  EXPECT_LT(outcome.p99, milliseconds(60));
  EXPECT_LT(outcome.longest, milliseconds(150));
}

// What is left for serving when two thirds are turned away at a fifth of its price: 30,000 x 20 us, and 80 us more for
// each that is let in, 5,000 a second.
TEST_F(ThreeTimesTheCapacity, IsServedAsFarAsTurningAwayLeavesRoom) {
  const Outcome outcome = run({.serve = std::chrono::microseconds(100), .turn_away = std::chrono::microseconds(20)});
  EXPECT_GT(outcome.done_per_second, 0.9 * 5000);
  EXPECT_LT(outcome.p99, milliseconds(60));
}

}  // namespace
}  // namespace pointsman::limits
