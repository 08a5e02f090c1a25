// Replicas that are configured alike and tell each other when a breaker opens: what the others make of it.
#include <gtest/gtest.h>

#include "gateway/health.h"
#include "gateway/replica_news.h"
#include "support/routing.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

using namespace std::chrono_literals;
using limits::Blame;

class HealthNewsTest : public ::testing::Test {
 protected:
  struct Replica {
    telemetry::Registry registry;
    ReplicaNews news;
    SnapshotPtr snapshot;
    std::unique_ptr<Health> health;
  };
  HealthNewsTest() {
    for (Replica& one : replicas_) {
      one.snapshot = *build_snapshot(pointsman::testing::three_models(), pointsman::testing::load_words(), nullptr);
      one.health = std::make_unique<Health>(*one.snapshot, one.registry.add_shard(), 1, nullptr, now_);
      one.health->tell(&one.news);
    }
  }
  // What each has to tell, to all others.
  void exchange() {
    for (Replica& from : replicas_) {
      for (const limits::FailureHint& hint : from.news.take(now_).failures) {
        ++told_;
        for (Replica& to : replicas_) {
          if (&to != &from) to.health->warn(hint, now_);
        }
      }
    }
  }
  bool healthy(int replica, int model) {
    return replicas_[static_cast<std::size_t>(replica)].health->view(now_)[static_cast<std::size_t>(model)] ==
           route::Health::kHealthy;
  }
  Health& health(int replica) { return *replicas_[static_cast<std::size_t>(replica)].health; }

  base::MonoTime now_{1h};
  std::array<Replica, 3> replicas_;
  int told_ = 0;
};

TEST_F(HealthNewsTest, WhatFailsForOneIsDoubtedByAllAndClosedByNobodysWord) {
  for (int i = 0; i < 5; ++i) health(0).record(1, Blame::kFailure, now_);
  EXPECT_FALSE(healthy(0, 1));
  exchange();
  EXPECT_EQ(told_, 1);
  for (const int replica : {1, 2}) EXPECT_TRUE(healthy(replica, 1)) << "a warning alone opens nothing";
  health(1).record(1, Blame::kFailure, now_);
  EXPECT_FALSE(healthy(1, 1)) << "one failure is enough";
  EXPECT_TRUE(healthy(1, 0));
  health(1).record(0, Blame::kFailure, now_);
  EXPECT_TRUE(healthy(1, 0)) << "nobody warned of that one";
  health(2).record(1, Blame::kSuccess, now_);
  health(2).record(1, Blame::kFailure, now_);
  EXPECT_TRUE(healthy(2, 1)) << "it is well there";
}

TEST_F(HealthNewsTest, WarningsDoNotKeepEachOtherAlive) {
  for (int i = 0; i < 5; ++i) health(0).record(1, Blame::kFailure, now_);
  for (int second = 0; second < 600; ++second, now_ += 1s) {
    exchange();
    for (const int replica : {0, 1, 2}) {
      if (!healthy(replica, 1)) continue;
      health(replica).attempt(1, now_);
      health(replica).record(1, Blame::kSuccess, now_);
    }
  }
  EXPECT_EQ(told_, 1);
  for (const int replica : {0, 1, 2}) {
    EXPECT_TRUE(health(replica).steady(1, now_));
    health(replica).record(1, Blame::kFailure, now_);
    EXPECT_TRUE(healthy(replica, 1)) << "nobody is warned any more";
  }
}

TEST_F(HealthNewsTest, ABreakerThatOpensByAnswersCutShortIsToldToo) {
  for (int i = 0; i < 5; ++i) {
    health(0).record(2, Blame::kSuccess, now_);
    health(0).ended(2, false, now_);
  }
  exchange();
  EXPECT_EQ(told_, 1);
}

}  // namespace
}  // namespace pointsman::gateway
