// Replicas that count a rate together by a Redis of the test's own, and by their shares without it.
#include "shared_redis/rate_exchange.h"

#include <gmock/gmock.h>

#include <optional>

#include "limits/quota_tree.h"
#include "support/loop_run.h"
#include "support/redis_server.h"
#include "telemetry/registry.h"

namespace pointsman::shared_redis {
namespace {

using net::Awaitable;
using test::RedisServer;
using test_support::eventually;

constexpr std::int64_t kLimit = 20;
constexpr base::WallTime kWall{std::chrono::seconds(1'700'000'000)};

limits::QuotaDefinition rates() {
  limits::NodeLimits of_key;
  of_key.rates.requests_per_minute = kLimit;
  limits::QuotaDefinition out;
  for (const char* name : {"one", "two", "three"}) out.nodes.push_back({name, "", of_key, {}});
  return out;
}

// A replica: its books, its connection, its exchange.
class Replica final : public RateBooks {
 public:
  Replica(net::Loop& loop, net::Resolver& resolver, const config::RedisConfig& config, const std::string& name)
      : client_(loop, resolver, config, nullptr, 1),
        exchange_(loop, client_, *this, registry_.add_shard(), config, name, 2) {
    client_.start();
    exchange_.start();
  }
  void tell(std::size_t most, std::vector<limits::RateChange>& out) override {
    tree_.tell_rates(net::Loop::now(), most, out);
  }
  void hear(std::span<const limits::RateChange> changes) override {
    tree_.hear_rates(changes, net::Loop::now());
    ++heard_;
  }
  void share(const limits::RateSharing& sharing) override {
    sharing_ = sharing;
    tree_.share_rates(sharing);
  }
  // How many of so many requests pass.
  int pass(const char* key, int requests = 2 * kLimit) {
    int passed = 0;
    for (int i = 0; i < requests; ++i) {
      if (tree_.admit(*tree_.find(key), {0, 0, 1}, kWall, net::Loop::now())) ++passed;
    }
    return passed;
  }
  limits::RateSharing sharing() const { return sharing_; }
  int heard() const { return heard_; }
  void leave() { exchange_.leave(); }
  void stop() {
    exchange_.stop();
    client_.stop();
  }

 private:
  telemetry::Registry registry_;
  limits::QuotaTree tree_ = *limits::QuotaTree::create(rates(), {}, kWall, net::Loop::now());
  limits::RateSharing sharing_;
  int heard_ = 0;
  Client client_;
  RateExchange exchange_;
};

class RateExchangeTest : public testing::Test {
 public:
  RateExchangeTest() {
    config_.timeout = std::chrono::milliseconds(300);
    config_.exchange = std::chrono::milliseconds(20);
  }
  Awaitable<> until(limits::RateSharing sharing) {
    co_await eventually(run_.loop(), [&] { return a_->sharing() == sharing && b_->sharing() == sharing; });
  }
  // Whatever was used before is told and heard.
  Awaitable<> until_told() {
    const int a = a_->heard();
    const int b = b_->heard();
    co_await eventually(run_.loop(), [&] { return a_->heard() >= a + 3 && b_->heard() >= b + 3; });
  }
  void with_replicas(RedisServer& server, Awaitable<> (RateExchangeTest::*body)(RedisServer&)) {
    config_.address = {"127.0.0.1", server.port()};
    a_.emplace(run_.loop(), resolver_, config_, "a");
    b_.emplace(run_.loop(), resolver_, config_, "b");
    run_.run(whole(server, body));
  }
  Awaitable<> whole(RedisServer& server, Awaitable<> (RateExchangeTest::*body)(RedisServer&)) {
    co_await (this->*body)(server);
    a_->stop();
    b_->stop();
    co_await eventually(run_.loop(), [&] { return run_.loop().running() <= 1; });
  }

  Awaitable<> share_and_part(RedisServer& server) {
    co_await until({.replicas = 2, .alone = false});
    EXPECT_EQ(a_->pass("one", 15), 15);
    co_await until_told();
    EXPECT_EQ(b_->pass("one"), 5) << "one limit for both";
    co_await until_told();
    EXPECT_EQ(a_->pass("one"), 0);
    server.signal(SIGSTOP);
    co_await until({.replicas = 2, .alone = true});
    EXPECT_EQ(a_->pass("two"), kLimit / 2) << "its share";
    EXPECT_EQ(b_->pass("two"), kLimit / 2);
    EXPECT_EQ(b_->pass("one"), 0) << "what was heard before still counts";
    server.signal(SIGCONT);
    co_await until({.replicas = 2, .alone = false});
    co_await until_told();
    EXPECT_EQ(a_->pass("two") + b_->pass("two"), 0) << "what was used meanwhile was told";
    server.stop();
    co_await until({.replicas = 2, .alone = true});
    server.start();
    co_await until({.replicas = 2, .alone = false});
    EXPECT_EQ(a_->pass("three", 12), 12);
    co_await until_told();
    EXPECT_EQ(b_->pass("three"), 8);
  }
  Awaitable<> leave_and_return(RedisServer&) {
    co_await until({.replicas = 2, .alone = false});
    EXPECT_EQ(b_->pass("one"), kLimit);
    b_->leave();
    co_await eventually(run_.loop(), [&] { return a_->sharing().replicas == 1; });
    EXPECT_EQ(a_->pass("one"), 0) << "its last words were heard";
    b_->stop();
    Replica again(run_.loop(), resolver_, config_, "c");
    co_await eventually(run_.loop(), [&] { return again.sharing().replicas == 2 && !again.sharing().alone; });
    EXPECT_EQ(again.pass("one"), 0) << "one that starts is held to the last minute";
    again.leave();
    again.stop();
    a_->stop();
    co_await eventually(run_.loop(), [&] { return run_.loop().running() <= 1; });
  }

  config::RedisConfig config_;
  net::Resolver resolver_;
  test_support::LoopRun run_;
  std::optional<Replica> a_;
  std::optional<Replica> b_;
};

TEST_F(RateExchangeTest, ReplicasShareALimitPartWithoutRedisAndShareAgain) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  with_replicas(server, &RateExchangeTest::share_and_part);
}

TEST_F(RateExchangeTest, WhatAReplicaUsedCountsWhenItIsGoneAndWhenItIsBack) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  with_replicas(server, &RateExchangeTest::leave_and_return);
}

}  // namespace
}  // namespace pointsman::shared_redis
