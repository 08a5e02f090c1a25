#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "limits/retry_budget.h"
#include "limits/token_bucket.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kStart{1h};

TEST(RetryBudget, AmplifiesSustainedTrafficAtMostByItsRatioWhateverFails) {
  for (const double failing : {0.1, 0.5, 1.0}) {
    base::Rng rng(1);
    RetryBudget budget({0.1, 0, 10s}, kStart);
    base::MonoTime now = kStart;
    std::int64_t requests = 0;
    std::int64_t attempts = 0;
    for (; requests < 100'000; ++requests) {
      now += std::chrono::microseconds(rng.below(2000));
      budget.deposit(now);
      ++attempts;
      for (int retries = 0; retries < 3 && rng.uniform() < failing && budget.withdraw(now); ++retries) ++attempts;
      ASSERT_LE(static_cast<double>(attempts), 1.1 * static_cast<double>(requests + 1));
    }
    if (failing < 0.2) EXPECT_GT(attempts, requests * 108 / 100) << "and it does allow the retries that are due";
  }
}

TEST(RetryBudget, LetsAQuietGatewayRetryAtTheMinimumRate) {
  RetryBudget budget({0.1, 2, 10s}, kStart);
  int retries = 0;
  for (int second = 0; second < 100; ++second) {
    for (int i = 0; i < 10; ++i) retries += budget.withdraw(kStart + std::chrono::seconds(second)) ? 1 : 0;
  }
  EXPECT_EQ(retries, 200);
}

TEST(RetryBudget, DepositsExpireWithTheWindow) {
  RetryBudget budget({0.5, 0, 10s}, kStart);
  for (int i = 0; i < 10; ++i) budget.deposit(kStart);
  EXPECT_EQ(budget.balance(kStart + 9s), 5);
  EXPECT_EQ(budget.balance(kStart + 10s), 0);
  EXPECT_FALSE(budget.withdraw(kStart + 10s));
}

TEST(RetryBudget, SpendsTheOldestDepositsFirst) {
  RetryBudget budget({1, 0, 10s}, kStart);
  budget.deposit(kStart);
  budget.deposit(kStart + 5s);
  EXPECT_TRUE(budget.withdraw(kStart + 6s));
  EXPECT_EQ(budget.balance(kStart + 12s), 1);
}

TEST(RetryBudget, RetriesNeverExceedDepositsPlusTheMinimumForRandomTraffic) {
  base::Rng rng(2);
  for (int round = 0; round < 50; ++round) {
    const RetryBudgetOptions options{0.05 * static_cast<double>(rng.below(10)), static_cast<double>(rng.below(4)), 10s};
    RetryBudget budget(options, kStart);
    base::MonoTime now = kStart;
    double requests = 0;
    double retries = 0;
    for (int i = 0; i < 5000; ++i) {
      now += std::chrono::milliseconds(rng.below(100));
      if (rng.below(2) == 0) {
        budget.deposit(now);
        ++requests;
      } else if (budget.withdraw(now)) {
        ++retries;
      }
      const double seconds = std::chrono::duration<double>(now - kStart).count();
      ASSERT_LE(retries, options.ratio * requests + options.min_retries_per_second * (seconds + 11) + 1e-6);
    }
  }
}

TEST(TokenBucket, StartsFullAndRefillsAtItsRate) {
  TokenBucket bucket(10, 5, kStart);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart + 99ms));
  EXPECT_TRUE(bucket.take(1, kStart + 100ms));
  EXPECT_DOUBLE_EQ(bucket.level(kStart + 1h), 5);
}

TEST(TokenBucket, WaitsExactlyAsLongAsItSays) {
  base::Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    const double burst = 1 + static_cast<double>(rng.below(1000));
    TokenBucket bucket(0.01 + rng.uniform() * 100, burst, kStart);
    bucket.charge(rng.uniform() * burst * 2, kStart);
    const double amount = rng.uniform() * burst;
    const auto wait = bucket.wait_for(amount, kStart);
    ASSERT_TRUE(wait.has_value());
    if (*wait > 1ms) EXPECT_FALSE(TokenBucket(bucket).take(amount, kStart + *wait - 1ms));
    EXPECT_TRUE(bucket.take(amount, kStart + *wait));
  }
}

TEST(TokenBucket, SaysWhenWaitingIsInVain) {
  TokenBucket bucket(10, 5, kStart);
  EXPECT_FALSE(bucket.wait_for(6, kStart).has_value());
  TokenBucket closed(0, 1, kStart);
  EXPECT_TRUE(closed.take(1, kStart));
  EXPECT_FALSE(closed.wait_for(1, kStart).has_value());
}

TEST(TokenBucket, TimeThatRunsBackwardsEarnsNothing) {
  TokenBucket bucket(1000, 1, kStart);
  EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart - 1h));
  EXPECT_FALSE(bucket.take(1, kStart));
}

TEST(TokenBucket, NeverGrantsMoreThanBurstPlusRate) {
  base::Rng rng(4);
  for (int round = 0; round < 100; ++round) {
    const double rate = rng.uniform() * 50;
    const double burst = rng.uniform() * 20;
    TokenBucket bucket(rate, burst, kStart);
    base::MonoTime now = kStart;
    double granted = 0;
    for (int i = 0; i < 1000; ++i) {
      now += std::chrono::milliseconds(rng.below(50));
      const double amount = rng.uniform() * 3;
      if (bucket.take(amount, now)) {
        granted += amount;
        if (rng.below(4) == 0) {
          bucket.refund(amount, now);
          granted -= amount;
        }
      }
      const double seconds = std::chrono::duration<double>(now - kStart).count();
      ASSERT_LE(granted, burst + rate * seconds + 1e-5);
    }
  }
}

}  // namespace
}  // namespace pointsman::limits
