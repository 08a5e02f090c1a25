#include "limits/circuit_breaker.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

class BreakerTest : public testing::Test {
 protected:
  void fail(int times, std::optional<base::Duration> retry_after = std::nullopt) {
    for (int i = 0; i < times; ++i) breaker_.record(Blame::kFailure, now_, 0.5, retry_after);
  }
  void open() { fail(5); }

  base::MonoTime now_{1h};
  BreakerOptions options_;
  CircuitBreaker breaker_{options_, now_};
};

TEST_F(BreakerTest, OpensAfterConsecutiveFailuresOnly) {
  fail(4);
  breaker_.record(Blame::kSuccess, now_, 0.5);
  fail(4);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_FALSE(breaker_.allow(now_));
  EXPECT_EQ(breaker_.times_opened(), 1U);
}

TEST_F(BreakerTest, OpensWhenHalfOfEnoughRequestsFail) {
  for (int i = 0; i < 9; ++i) {
    breaker_.record(Blame::kSuccess, now_, 0.5);
    fail(1);
  }
  EXPECT_EQ(breaker_.state(now_), State::kClosed) << "18 requests are too few to judge";
  breaker_.record(Blame::kSuccess, now_, 0.5);
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST_F(BreakerTest, OpensAfterAnswersInARowThatBeganWellAndBrokeOff) {
  const auto answer = [&](bool whole) {
    breaker_.record(Blame::kSuccess, now_, 0.5);
    breaker_.ended(whole, now_, 0.5);
  };
  for (int i = 0; i < 4; ++i) answer(false);
  answer(true);
  for (int i = 0; i < 4; ++i) answer(false);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  answer(false);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_EQ(breaker_.times_opened(), 1U);
}

TEST_F(BreakerTest, AnAnswerThatBreaksOffCountsOnceAmongTheRequests) {
  options_.consecutive_failures = 1000;
  breaker_ = CircuitBreaker(options_, now_);
  for (int i = 0; i < 20; ++i) breaker_.record(Blame::kSuccess, now_, 0.5);
  for (int i = 0; i < 9; ++i) breaker_.ended(false, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  breaker_.ended(false, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST_F(BreakerTest, AProbeWhoseAnswerBreaksOffDoesNotCountForItsHealth) {
  open();
  now_ += 5s;
  ASSERT_TRUE(breaker_.allow(now_));
  breaker_.record(Blame::kSuccess, now_, 0.5);
  breaker_.ended(false, now_, 0.5);
  ASSERT_TRUE(breaker_.allow(now_));
  breaker_.record(Blame::kSuccess, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kHalfOpen) << "one whole answer of two";
}

TEST_F(BreakerTest, ForgetsFailuresOlderThanTheWindow) {
  for (int i = 0; i < 9; ++i) {
    breaker_.record(Blame::kSuccess, now_, 0.5);
    fail(1);
  }
  now_ += 31s;
  breaker_.record(Blame::kSuccess, now_, 0.5);
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
}

TEST_F(BreakerTest, NeitherBadRequestsNorBadKeysNorLeavingClientsOpenIt) {
  for (const int status : {400, 401, 403, 404, 413, 422}) {
    for (int i = 0; i < 100; ++i) breaker_.record(blame_of(status), now_, 0.5);
  }
  for (int i = 0; i < 100; ++i) breaker_.record(Blame::kNone, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  EXPECT_EQ(breaker_.misconfigurations(), 200U);
}

TEST_F(BreakerTest, ABadKeyNeitherHidesNorForgivesFailures) {
  fail(4);
  breaker_.record(Blame::kMisconfiguration, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST_F(BreakerTest, LetsOneProbeThroughAfterTheCoolDownAndClosesAfterEnoughSuccesses) {
  open();
  now_ += 4999ms;
  EXPECT_FALSE(breaker_.healthy(now_));
  now_ += 1ms;
  EXPECT_EQ(breaker_.state(now_), State::kHalfOpen);
  EXPECT_TRUE(breaker_.healthy(now_));
  EXPECT_TRUE(breaker_.allow(now_));
  EXPECT_FALSE(breaker_.allow(now_)) << "one probe at a time";
  breaker_.record(Blame::kSuccess, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kHalfOpen);
  EXPECT_TRUE(breaker_.allow(now_));
  breaker_.record(Blame::kSuccess, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  fail(4);
  EXPECT_EQ(breaker_.state(now_), State::kClosed) << "starts afresh";
}

TEST_F(BreakerTest, EveryFailedProbeDoublesTheCoolDownUpToTheLimit) {
  open();
  for (const auto& length : {5s, 10s, 20s, 40s, 80s, 120s, 120s}) {
    EXPECT_EQ(breaker_.reopens_at() - now_, length);
    now_ = breaker_.reopens_at();
    ASSERT_TRUE(breaker_.allow(now_));
    fail(1);
  }
}

TEST_F(BreakerTest, JitterStaysWithinItsFraction) {
  for (const double random : {0.0, 0.25, 0.999999}) {
    CircuitBreaker breaker(options_, now_);
    for (int i = 0; i < 5; ++i) breaker.record(Blame::kFailure, now_, random);
    const auto length = std::chrono::duration<double>(breaker.reopens_at() - now_).count();
    EXPECT_NEAR(length, 5 * (1 + 0.2 * (2 * random - 1)), 1e-6);
  }
}

TEST_F(BreakerTest, HonoursALongerRetryAfterWithinReason) {
  fail(5, 60s);
  EXPECT_EQ(breaker_.reopens_at() - now_, 60s);
  CircuitBreaker greedy(options_, now_);
  for (int i = 0; i < 5; ++i) greedy.record(Blame::kOverload, now_, 0.5, 24h);
  EXPECT_EQ(greedy.reopens_at() - now_, 10min);
  CircuitBreaker hasty(options_, now_);
  for (int i = 0; i < 5; ++i) hasty.record(Blame::kOverload, now_, 0.5, 1s);
  EXPECT_EQ(hasty.reopens_at() - now_, 5s);
}

TEST_F(BreakerTest, LateEndsOfOldRequestsDoNotCountAsProbes) {
  open();
  now_ += 1s;
  fail(3);
  breaker_.record(Blame::kSuccess, now_, 0.5);
  EXPECT_EQ(breaker_.reopens_at() - now_, 4s);
  EXPECT_EQ(breaker_.times_opened(), 1U);
}

TEST_F(BreakerTest, AProbeThatSaysNothingIsFollowedByAnother) {
  open();
  now_ += 6s;
  ASSERT_TRUE(breaker_.allow(now_));
  breaker_.record(Blame::kNone, now_, 0.5);
  EXPECT_TRUE(breaker_.allow(now_));
  EXPECT_FALSE(breaker_.allow(now_));
  now_ += 6min;
  EXPECT_TRUE(breaker_.allow(now_)) << "a probe never reported is forgotten";
}

TEST(BlameOf, TheTableOfStatusesAndErrors) {
  using base::Error;
  using base::ErrorCode;
  using base::Origin;
  EXPECT_EQ(blame_of(200), Blame::kSuccess);
  EXPECT_EQ(blame_of(404), Blame::kSuccess);
  EXPECT_EQ(blame_of(401), Blame::kMisconfiguration);
  EXPECT_EQ(blame_of(408), Blame::kFailure);
  EXPECT_EQ(blame_of(429), Blame::kOverload);
  EXPECT_EQ(blame_of(500), Blame::kFailure);
  EXPECT_EQ(blame_of(503), Blame::kOverload);
  EXPECT_EQ(blame_of(529), Blame::kOverload);
  const auto upstream = [](ErrorCode code) { return Error(code, "", Origin::kUpstream); };
  EXPECT_EQ(blame_of(upstream(ErrorCode::kTimeout)), Blame::kFailure);
  EXPECT_EQ(blame_of(upstream(ErrorCode::kConnect)), Blame::kFailure);
  EXPECT_EQ(blame_of(upstream(ErrorCode::kReset).with_status(200)), Blame::kFailure) << "a stream that broke off";
  EXPECT_EQ(blame_of(upstream(ErrorCode::kUpstreamStatus).with_status(403)), Blame::kMisconfiguration);
  EXPECT_EQ(blame_of(upstream(ErrorCode::kUpstreamStatus).with_status(400)), Blame::kSuccess);
  EXPECT_EQ(blame_of(upstream(ErrorCode::kCancelled)), Blame::kNone);
  EXPECT_EQ(blame_of(Error(ErrorCode::kTimeout, "", Origin::kGateway)), Blame::kNone);
  EXPECT_EQ(blame_of(Error(ErrorCode::kReset, "", Origin::kClient)), Blame::kNone);
}

TEST(CircuitBreaker, NeverAllowsWhileOpenAndAlwaysComesBackWhenTheUpstreamIsWell) {
  base::Rng rng(17);
  for (int round = 0; round < 200; ++round) {
    base::MonoTime now{1h};
    CircuitBreaker breaker({}, now);
    for (int i = 0; i < 500; ++i) {
      now += std::chrono::milliseconds(rng.below(3000));
      const bool open = breaker.state(now) == State::kOpen;
      ASSERT_EQ(breaker.healthy(now), CircuitBreaker(breaker).allow(now));
      const bool allowed = breaker.allow(now);
      ASSERT_FALSE(open && allowed);
      if (allowed) breaker.record(static_cast<Blame>(rng.below(5)), now, rng.uniform());
    }
    for (int i = 0; i < 3; ++i) {
      now += 10min;
      if (breaker.allow(now)) breaker.record(Blame::kSuccess, now, rng.uniform());
    }
    EXPECT_EQ(breaker.state(now), State::kClosed);
  }
}

TEST_F(BreakerTest, AWarningMakesOneFailureEnoughAndNeverOpensItself) {
  breaker_.warn(now_ + 10s, now_);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  EXPECT_TRUE(breaker_.healthy(now_));
  now_ += 9s;
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_EQ(breaker_.reopens_at(), now_ + options_.cool_down) << "its own time, not the other's";
}

TEST_F(BreakerTest, AWarningEndsWithItsTimeWithASuccessAndWithTheLongestCoolDown) {
  breaker_.warn(now_ + 10s, now_);
  now_ += 10s;
  fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kClosed) << "over";
  breaker_.warn(now_ + 10s, now_);
  breaker_.record(Blame::kSuccess, now_, 0.5);
  fail(4);
  EXPECT_EQ(breaker_.state(now_), State::kClosed) << "it is well here";
  breaker_.record(Blame::kSuccess, now_, 0.5);
  breaker_.warn(now_ + 24h, now_);
  now_ += options_.max_cool_down;
  EXPECT_FALSE(breaker_.warned(now_));
}

TEST_F(BreakerTest, AWarnedAnswerThatBreaksOffIsEnoughToo) {
  breaker_.warn(now_ + 10s, now_);
  breaker_.ended(false, now_, 0.5);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

// Replicas that are warned as soon as one's breaker opens, against such that are not: how many requests a dead upstream
// costs, and whether warnings outlive its recovery.
TEST(BreakersOfReplicas, WarnedTheyLoseOneRequestEachAndForgetOnceItIsWell) {
  constexpr int kReplicas = 10;
  for (const bool told : {false, true}) {
    base::MonoTime now{1h};
    const BreakerOptions options;
    std::vector<CircuitBreaker> all(kReplicas, CircuitBreaker(options, now));
    int lost = 0;
    const auto ask = [&](CircuitBreaker& one, bool works) {
      if (!one.allow(now)) return;
      const std::uint64_t before = one.times_opened();
      one.record(works ? Blame::kSuccess : Blame::kFailure, now, 0.5);
      if (works) one.ended(true, now, 0.5);
      lost += works ? 0 : 1;
      if (!told || one.times_opened() == before) return;
      for (CircuitBreaker& other : all) other.warn(one.reopens_at(), now);
    };
    for (int second = 0; second < 4; ++second, now += 1s) {
      for (CircuitBreaker& one : all) {
        for (int i = 0; i < 10; ++i) ask(one, false);
      }
    }
    EXPECT_EQ(lost, told ? 5 + kReplicas - 1 : 5 * kReplicas) << (told ? "told" : "each for itself");
    now += 10min;
    for (int i = 0; i < 10; ++i) {
      for (CircuitBreaker& one : all) ask(one, true);
    }
    for (CircuitBreaker& one : all) {
      EXPECT_EQ(one.state(now), CircuitBreaker::State::kClosed);
      EXPECT_FALSE(one.warned(now));
    }
  }
}

}  // namespace
}  // namespace pointsman::limits
