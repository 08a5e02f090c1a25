// Answers in a Redis of the test's own: found by replicas with the same secret, and by nobody else; what somebody else
// has put there, or moved, is a miss.
#include "shared_redis/answer_shelf.h"

#include <gmock/gmock.h>

#include "base/seal.h"
#include "shared_redis/talk.h"
#include "support/loop_run.h"
#include "support/redis_server.h"
#include "telemetry/registry.h"

namespace pointsman::shared_redis {
namespace {

using namespace std::chrono_literals;
using answers::AnswerKey;
using net::Awaitable;
using test::RedisServer;
using test_support::eventually;

const std::string kSecret(32, 's');
const AnswerKey kKey = base::sha256("request");
const AnswerKey kOther = base::sha256("another request");

answers::KeptAnswerPtr answer(std::string body) {
  return std::make_shared<const answers::KeptAnswer>(
      answers::KeptAnswer{.body = std::move(body), .content_type = "application/json", .model = "m"});
}

class AnswerShelfTest : public testing::Test {
 public:
  // Runs the test's body with two replicas of the same secret and one of another, and a client of the test's own.
  void with_shelves(RedisServer& server, Awaitable<> (AnswerShelfTest::*body)(RedisServer&)) {
    config_.address = {"127.0.0.1", server.port()};
    config_.timeout = 2s;
    config_.secret = base::Secret(kSecret);
    other_config_ = config_;
    other_config_.secret = base::Secret(std::string(32, 't'));
    run_.run(whole(server, body));
  }
  Awaitable<> whole(RedisServer& server, Awaitable<> (AnswerShelfTest::*body)(RedisServer&)) {
    client_.start();
    co_await eventually(run_.loop(), [&] { return client_.up(); });
    co_await (this->*body)(server);
    client_.stop();
    co_await eventually(run_.loop(), [&] { return run_.loop().running() <= 1; });
  }

  Awaitable<std::optional<AnswerShelf::Found>> find(AnswerShelf& shelf, const AnswerKey& key) {
    bool told = false;
    std::optional<AnswerShelf::Found> out;
    shelf.find(key, [&](std::optional<AnswerShelf::Found> found) {
      out = std::move(found);
      told = true;
    });
    co_await eventually(run_.loop(), [&] { return told; });
    co_return out;
  }
  Awaitable<std::string> say(std::vector<std::string_view> words) {
    RespCommands commands;
    commands.add(words);
    const auto replies = co_await client_.run(std::move(commands));
    EXPECT_TRUE(replies.has_value());
    co_return replies ? replies->front().text : std::string();
  }
  double counted(std::string_view operation, std::string_view result) {
    return static_cast<double>(
        shard_.counter("pointsman_redis_operations_total", {{"operation", operation}, {"result", result}}).value());
  }
  Awaitable<> kept(double times) {
    co_await eventually(run_.loop(), [this, times] { return counted("keep", "ok") == times; });
  }
  std::string name_of(const AnswerKey& key) const { return place_of(config_.prefix, kSecret, key).name; }

  Awaitable<> give_and_take(RedisServer&) {
    EXPECT_FALSE(co_await find(a_, kKey));
    a_.keep(kKey, answer("canary"), 1h);
    co_await kept(1);
    clock_.advance(7s);
    auto found = co_await find(b_, kKey);
    EXPECT_TRUE(found.has_value());
    if (found) EXPECT_EQ(found->answer.body, "canary");
    if (found) EXPECT_EQ(found->age, 7s);
    EXPECT_FALSE(co_await find(b_, kOther));
    EXPECT_FALSE(co_await find(stranger_, kKey)) << "another secret";
    const std::string raw = co_await say({"GET", name_of(kKey)});
    EXPECT_EQ(raw.find("canary"), std::string::npos) << "nobody else can read it";
    const std::string left = co_await say({"GETRANGE", name_of(kOther), "0", "0"});
    EXPECT_EQ(left, "");
  }
  Awaitable<> distrust(RedisServer&) {
    a_.keep(kKey, answer("one"), 1h);
    a_.keep(kOther, answer("other"), 1h);
    co_await kept(2);
    const std::string one = co_await say({"GET", name_of(kKey)});
    const std::string other = co_await say({"GET", name_of(kOther)});
    co_await say({"SET", name_of(kKey), other});
    EXPECT_FALSE(co_await find(b_, kKey)) << "another request's answer";
    co_await say({"SET", name_of(kKey), one.substr(0, one.size() - 1)});
    EXPECT_FALSE(co_await find(b_, kKey)) << "a byte is missing";
    co_await say({"SET", name_of(kKey), std::string(AnswerShelf::kLongestValue + 100, 'x')});
    EXPECT_FALSE(co_await find(b_, kKey)) << "too large";
    co_await say({"SET", name_of(kKey), *base::seal(place_of(config_.prefix, kSecret, kKey).key, "no record")});
    EXPECT_FALSE(co_await find(b_, kKey)) << "sealed by us, but no answer";
    EXPECT_EQ(counted("find", "unreadable"), 4);
    co_await say({"DEL", name_of(kKey)});
    co_await say({"HSET", name_of(kKey), "a", "b"});
    EXPECT_FALSE(co_await find(b_, kKey)) << "not even a text";
    EXPECT_EQ(counted("find", "refused"), 1);
    EXPECT_TRUE(client_.up());
    co_await say({"DEL", name_of(kKey)});
    co_await say({"SET", name_of(kKey), one});
    EXPECT_TRUE(co_await find(b_, kKey)) << "put back it is what it was";
    clock_.advance(-2min);
    EXPECT_FALSE(co_await find(b_, kKey)) << "made in the future";
  }
  Awaitable<> use_rights(RedisServer&) {
    a_.keep(kKey, answer("one"), 1h);
    co_await kept(1);
    EXPECT_TRUE(co_await find(b_, kKey));
    Talk talk(config_.prefix, "a");
    const base::MonoTime now = net::Loop::now();
    for (int i = 0; i < 2; ++i) {
      const auto replies = co_await client_.run(talk.ask(now));
      EXPECT_TRUE(replies && talk.hear(*replies, now)) << "an exchange";
    }
    EXPECT_THAT(co_await say({"DEL", name_of(kKey)}), testing::StartsWith("NOPERM"));
  }
  Awaitable<> bounds(RedisServer& server) {
    a_.keep(kKey, answer(std::string(AnswerShelf::kLongestValue, 'x')), 1h);
    EXPECT_EQ(counted("keep", "busy"), 1) << "too large";
    for (int i = 0; i < 10; ++i) a_.keep(base::sha256(std::to_string(i)), answer(std::string(100'000, 'x')), 1h);
    EXPECT_EQ(counted("keep", "busy"), 5) << "too much at once";
    co_await kept(6);
    a_.keep(kOther, answer("short"), 1ms);
    co_await kept(7);
    server.stop();
    co_await eventually(run_.loop(), [&] { return !client_.up(); });
    EXPECT_FALSE(co_await find(a_, kKey));
    EXPECT_EQ(counted("find", "failed"), 1);
    a_.keep(kKey, answer("x"), 1h);
    co_await eventually(run_.loop(), [&] { return counted("keep", "failed") == 1; });
  }

  base::ManualClock clock_;
  config::RedisConfig config_;
  config::RedisConfig other_config_;
  net::Resolver resolver_;
  test_support::LoopRun run_;
  telemetry::Registry registry_;
  telemetry::Shard& shard_ = registry_.add_shard();
  Client client_{run_.loop(), resolver_, config_, nullptr, 1};
  AnswerShelf a_{run_.loop(), client_, clock_, shard_, config_};
  AnswerShelf b_{run_.loop(), client_, clock_, shard_, config_};
  AnswerShelf stranger_{run_.loop(), client_, clock_, shard_, other_config_};
};

TEST_F(AnswerShelfTest, AnotherReplicaFindsWhatOneKeptAndNobodyElseCanReadIt) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  with_shelves(server, &AnswerShelfTest::give_and_take);
}

TEST_F(AnswerShelfTest, WhatIsNotSealedForThatVeryRequestIsAMiss) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  with_shelves(server, &AnswerShelfTest::distrust);
}

TEST_F(AnswerShelfTest, BytesAreBoundedAndAnAbsentRedisIsAMiss) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  with_shelves(server, &AnswerShelfTest::bounds);
}

// The very list that docs/redis.md gives.
TEST_F(AnswerShelfTest, AUserWithTheRightsOfTheManualCanDoAllOfIt) {
  RedisServer server(
      {.arguments = {"--user", "pointsman", "on", ">secret", "~pointsman:*", "+hello", "+auth", "+select", "+ping",
                     "+xadd", "+xread", "+pexpire", "+getrange", "+set", "--user", "default", "off"}});
  PM_NEEDS_REDIS(server);
  config_.username = "pointsman";
  config_.password = base::Secret("secret");
  with_shelves(server, &AnswerShelfTest::use_rights);
}

}  // namespace
}  // namespace pointsman::shared_redis
