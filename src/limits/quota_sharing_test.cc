// Rates that several replicas share: trees that tell each other what they let through, by a clock that the test moves.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/rng.h"
#include "limits/quota_tree.h"
#include "limits/rates_elsewhere.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::MonoTime;
using base::WallTime;

constexpr WallTime kWall{std::chrono::seconds(1'700'000'000)};
constexpr MonoTime kStart{1h};

QuotaDefinition rates(std::int64_t requests, std::int64_t tokens = kLargestRate) {
  NodeLimits limits;
  limits.rates.requests_per_minute = requests;
  limits.rates.tokens_per_minute = tokens;
  NodeLimits user;
  user.rates.requests_per_minute = 3;
  return {.nodes = {{"key", "", limits, user}}, .zone = {}};
}

// One replica: a tree, and who hears of it when.
class Replica {
 public:
  explicit Replica(const QuotaDefinition& definition, MonoTime now = kStart)
      : tree_(*QuotaTree::create(definition, {}, kWall, now)) {
    tree_.share_rates({.replicas = 1, .alone = false});
  }
  QuotaTree& tree() { return tree_; }
  std::expected<ReservationId, Denial> admit(MonoTime now, std::int64_t tokens = 0, std::string_view user = "") {
    const NodeRef leaf = tree_.end_user(*tree_.find("key"), user, kWall, now);
    return tree_.admit(leaf, {0, tokens, 1}, kWall, now);
  }
  std::vector<RateChange> told(MonoTime now, std::size_t most = 1'000) {
    std::vector<RateChange> out;
    tree_.tell_rates(now, most, out);
    return out;
  }
  void hear(const std::vector<RateChange>& changes, MonoTime now) { tree_.hear_rates(changes, now); }

 private:
  QuotaTree tree_;
};

TEST(QuotaSharing, WhatOthersUsedCountsUntilItsMinuteIsOver) {
  Replica a(rates(10));
  Replica b(rates(10));
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(a.admit(kStart));
  b.hear(a.told(kStart), kStart);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(b.admit(kStart));
  const auto refused = b.admit(kStart + 5s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().limit, LimitKind::kRequestsPerMinute);
  EXPECT_EQ(refused.error().used, 10);
  EXPECT_EQ(refused.error().recovery, Recovery::kAfter);
  EXPECT_EQ(refused.error().retry_after, 56s);
  EXPECT_EQ(b.tree().standings(*b.tree().find("key"), kStart + 5s).requests->remaining, 0);
  EXPECT_TRUE(b.admit(kStart + 61s));
}

TEST(QuotaSharing, TellsEachChangeOnceAndOfEachSecondByItself) {
  Replica a(rates(10, 1'000));
  const auto first = a.admit(kStart, 400);
  ASSERT_TRUE(a.admit(kStart + 2s, 100));
  const SharedName key = shared_name_of("key");
  EXPECT_EQ(a.told(kStart + 3s), (std::vector<RateChange>{{key, RateKind::kRequests, 1, 1},
                                                          {key, RateKind::kRequests, 3, 1},
                                                          {key, RateKind::kTokens, 1, 100},
                                                          {key, RateKind::kTokens, 3, 400}}));
  EXPECT_EQ(a.told(kStart + 4s), std::vector<RateChange>());
  a.tree().settle(*first, {0, 50}, kStart + 10s);
  EXPECT_EQ(a.told(kStart + 10s), (std::vector<RateChange>{{key, RateKind::kTokens, 10, -350}}));
  EXPECT_EQ(a.told(kStart + 2min), std::vector<RateChange>()) << "what is over is not told";
}

TEST(QuotaSharing, AnEndUserWhoIsNotKnownYetIsHeldToWhatWasHeard) {
  Replica a(rates(100));
  Replica b(rates(100));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(a.admit(kStart, 0, "alice"));
  b.hear(a.told(kStart), kStart);
  EXPECT_FALSE(b.admit(kStart, 0, "alice"));
  EXPECT_TRUE(b.admit(kStart, 0, "bob"));
}

TEST(QuotaSharing, TellsNoMoreThanAskedForAndTheRestNextTime) {
  Replica a(rates(100));
  for (const char* user : {"a", "b", "c", "d"}) ASSERT_TRUE(a.admit(kStart, 0, user));
  EXPECT_EQ(a.told(kStart, 2).size(), 2U);
  EXPECT_EQ(a.told(kStart, 2).size(), 2U);
  EXPECT_EQ(a.told(kStart, 2).size(), 1U) << "four users and their key";
  EXPECT_EQ(a.told(kStart, 2).size(), 0U);
}

TEST(QuotaSharing, AloneEachKeepsToItsShareAndNobodysIsNothing) {
  Replica a(rates(10, 900));
  a.tree().share_rates({.replicas = 3, .alone = true});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(a.admit(kStart)) << i;
  EXPECT_FALSE(a.admit(kStart));
  a.tree().share_rates({.replicas = 3, .alone = false});
  EXPECT_TRUE(a.admit(kStart, 100));
  a.tree().share_rates({.replicas = 3, .alone = true});
  const MonoTime later = kStart + 70s;
  const auto large = a.admit(later, 301);
  ASSERT_FALSE(large) << "more than a third of the tokens";
  EXPECT_EQ(large.error().recovery, Recovery::kAfter) << "it fits when Redis is back";
  EXPECT_TRUE(a.admit(later, 300));
  Replica small(rates(2));
  small.tree().share_rates({.replicas = 5, .alone = true});
  EXPECT_TRUE(small.admit(kStart));
  EXPECT_FALSE(small.admit(kStart));
}

TEST(QuotaSharing, WithoutSharingNothingIsToldAndAReloadKeepsWhatWasHeard) {
  auto tree = *QuotaTree::create(rates(10), {}, kWall, kStart);
  ASSERT_TRUE(tree.admit(*tree.find("key"), {0, 0, 1}, kWall, kStart));
  std::vector<RateChange> out;
  tree.tell_rates(kStart, 10, out);
  EXPECT_TRUE(out.empty());
  Replica b(rates(10));
  b.hear({{shared_name_of("key"), RateKind::kRequests, 0, 9}}, kStart);
  ASSERT_TRUE(b.tree().reconfigure(rates(10), kWall, kStart));
  EXPECT_TRUE(b.admit(kStart));
  EXPECT_FALSE(b.admit(kStart));
}

TEST(QuotaSharing, MoreNodesThanFitAreCountedAndOldOnesMakeRoom) {
  RatesElsewhere heard(2);
  const auto change = [](const char* name) { return RateChange{shared_name_of(name), RateKind::kTokens, 0, 5}; };
  for (const char* name : {"a", "b", "c"}) heard.add(change(name), kStart);
  EXPECT_EQ(heard.forgotten(), 1U);
  EXPECT_EQ(heard.find(shared_name_of("c")), nullptr);
  EXPECT_EQ(heard.find(shared_name_of("a"))->tokens->used(), 5);
  heard.add(change("c"), kStart + 63s);
  EXPECT_NE(heard.find(shared_name_of("c")), nullptr);
  EXPECT_EQ(heard.nodes(), 1U);
}

// Replicas that tell all others every `kExchange`, each at its own time, and are heard at the next exchange of each.
class Fleet {
 public:
  static constexpr Duration kExchange = 100ms;
  static constexpr Duration kDelay = 2 * kExchange;

  Fleet(std::size_t replicas, std::int64_t requests, std::int64_t tokens) : limit_(requests), tokens_limit_(tokens) {
    for (std::size_t i = 0; i < replicas; ++i) {
      members_.push_back({Replica(rates(requests, tokens)), 0, kStart + kExchange * i / replicas});
    }
  }

  void exchange(std::size_t who, MonoTime now) {
    Member& me = members_[who];
    for (; me.heard < log_.size(); ++me.heard) {
      if (log_[me.heard].from == who) continue;
      std::vector<RateChange> changes = log_[me.heard].changes;
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - log_[me.heard].at).count();
      for (RateChange& change : changes) change.age = static_cast<std::uint8_t>(change.age + age);
      me.replica.hear(changes, now);
    }
    log_.push_back({who, now, me.replica.told(now)});
  }
  void step(base::Rng& rng, MonoTime now) {
    for (;;) {
      const auto first = std::ranges::min_element(members_, {}, &Member::next);
      if (first->next > now) break;
      if (connected_) exchange(static_cast<std::size_t>(first - members_.begin()), first->next);
      first->next += kExchange;
    }
    const auto who = static_cast<std::size_t>(rng.below(members_.size()));
    const auto tokens = static_cast<std::int64_t>(1 + rng.below(40));
    const auto admitted = members_[who].replica.admit(now, tokens);
    if (!admitted) {
      ++refused_;
      return;
    }
    passed_.push_back({who, now, tokens});
    check(who, now);
    if (rng.below(2) == 0) members_[who].replica.tree().settle(*admitted, {0, tokens}, now);
  }
  void lose() {
    connected_ = false;
    for (Member& each : members_) {
      each.replica.tree().share_rates({.replicas = static_cast<int>(members_.size()), .alone = true});
    }
  }
  std::size_t passed() const { return passed_.size(); }
  std::size_t refused() const { return refused_; }
  std::int64_t worst_excess() const { return worst_excess_; }

 private:
  struct Member {
    Replica replica;
    std::size_t heard = 0;
    MonoTime next;
  };
  struct Message {
    std::size_t from;
    MonoTime at;
    std::vector<RateChange> changes;
  };
  struct Passed {
    std::size_t by;
    MonoTime at;
    std::int64_t tokens;
  };

  // The bound of shared_rates.h, at every request that was let through.
  void check(std::size_t who, MonoTime now) {
    while (passed_.front().at <= now - 60s) passed_.pop_front();
    std::int64_t unheard = 0;
    std::int64_t tokens = 0;
    std::int64_t unheard_tokens = 0;
    for (const Passed& one : passed_) {
      tokens += one.tokens;
      if (one.by == who || (connected_ && one.at <= now - kDelay)) continue;
      ++unheard;
      unheard_tokens += one.tokens;
    }
    const auto count = static_cast<std::int64_t>(passed_.size());
    worst_excess_ = std::max(worst_excess_, count - limit_);
    if (!connected_) return;
    ASSERT_LE(count, limit_ + unheard);
    ASSERT_LE(tokens, tokens_limit_ + unheard_tokens);
  }

  std::int64_t limit_;
  std::int64_t tokens_limit_;
  std::vector<Member> members_;
  std::vector<Message> log_;
  std::deque<Passed> passed_;
  std::size_t refused_ = 0;
  std::int64_t worst_excess_ = 0;
  bool connected_ = true;
};

TEST(QuotaSharing, OverAdmissionIsNoMoreThanWhatWasNotHeardYet) {
  for (const std::size_t replicas : {2U, 3U, 8U}) {
    base::Rng rng(replicas);
    Fleet fleet(replicas, 120, 1'500);
    MonoTime now = kStart;
    // Some 50 requests a second over all replicas, and pauses.
    for (int i = 0; i < 6'000; ++i) {
      now += rng.below(100) == 0 ? 7s : Duration(1ms + 1ms * rng.below(40));
      fleet.step(rng, now);
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(fleet.passed(), 0U);
    EXPECT_GT(fleet.refused(), 1'000U);
    EXPECT_LE(fleet.worst_excess(), 40) << "what comes within the delay, and far from a limit for each replica";
  }
}

TEST(QuotaSharing, AloneAllOfThemTogetherKeepTheLimitAMinuteAfterTheLoss) {
  base::Rng rng(5);
  Fleet fleet(3, 120, kLargestRate);
  MonoTime now = kStart;
  for (int i = 0; i < 500; ++i) fleet.step(rng, now += 50ms);
  fleet.lose();
  for (int i = 0; i < 1'500; ++i) fleet.step(rng, now += 50ms);
  const std::size_t after = fleet.passed();
  EXPECT_LE(after, 120U) << "in the last minute";
  EXPECT_GE(after, 100U) << "and no outage";
}

}  // namespace
}  // namespace pointsman::limits
