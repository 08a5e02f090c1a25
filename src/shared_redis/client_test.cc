// The client against a Redis of the test's own, and against peers that say what the test wrote down.
#include "shared_redis/client.h"

#include <gmock/gmock.h>

#include "support/certificates.h"
#include "support/loop_run.h"
#include "support/redis_server.h"

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using base::Result;
using net::Awaitable;
using test::RedisServer;
using test_support::eventually;
using Replies = Result<std::vector<RespValue>>;

class ClientTest : public testing::Test {
 protected:
  net::Loop& loop() { return run_.loop(); }
  void reach(std::uint16_t port) {
    config_.address = {"127.0.0.1", port};
    if (config_.timeout == std::chrono::milliseconds(50)) config_.timeout = std::chrono::seconds(20);  // a busy machine
  }
  // Runs the test's body with a client that is stopped at its end.
  void with_client(std::function<Awaitable<>(Client&)> body, net::SslContext tls = nullptr) {
    Client client(loop(), resolver_, config_, std::move(tls), 1);
    run_.run(whole(client, std::move(body)));
  }
  Awaitable<> up(Client& client) {
    co_await eventually(loop(), [&] { return client.up(); });
  }

  config::RedisConfig config_;
  net::Resolver resolver_;
  test_support::LoopRun run_;

 private:
  Awaitable<> whole(Client& client, std::function<Awaitable<>(Client&)> body) {
    client.start();
    co_await body(client);
    client.stop();
    co_await eventually(loop(), [&] { return loop().running() <= 1; });
  }
};

RespCommands one(std::initializer_list<std::string_view> words) {
  return std::move(RespCommands().add(words));
}

TEST_F(ClientTest, AnswersComeInOrderHoweverManyAreUnderWay) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  reach(server.port());
  config_.database = 3;
  with_client([&](Client& client) -> Awaitable<> {
    EXPECT_EQ((co_await client.run(one({"PING"}))).error().code(), ErrorCode::kConnect) << "not connected yet";
    co_await up(client);
    int done = 0;
    const auto ask = [](Client& by, int number, int& count) -> Awaitable<> {
      RespCommands commands;
      const std::string value = std::to_string(number) + std::string(static_cast<std::size_t>(number) * 100, '\n');
      commands.add({"SET", "k" + std::to_string(number), value}).add({"GET", "k" + std::to_string(number)});
      const Replies replies = co_await by.run(std::move(commands));
      EXPECT_TRUE(replies.has_value());
      if (replies) EXPECT_EQ(replies->at(1).text, value);
      ++count;
    };
    for (int i = 0; i < 200; ++i) loop().spawn("ask", ask(client, i, done));
    co_await eventually(loop(), [&] { return done == 200; });
    const Replies wrong = co_await client.run(one({"INCR", "k1"}));
    EXPECT_TRUE(wrong.has_value() && wrong->front().is(RespValue::Kind::kError)) << "an answer like any other";
    EXPECT_TRUE(client.up());
  });
}

TEST_F(ClientTest, AStalledRedisFailsInTimeAndIsFoundAgain) {
  RedisServer server;
  PM_NEEDS_REDIS(server);
  reach(server.port());
  config_.timeout = std::chrono::milliseconds(500);
  with_client([&](Client& client) -> Awaitable<> {
    co_await up(client);
    server.signal(SIGSTOP);
    EXPECT_EQ((co_await client.run(one({"PING"}))).error().code(), ErrorCode::kTimeout);
    EXPECT_FALSE(client.up()) << "the breaker is open with the first that is too late";
    EXPECT_EQ((co_await client.run(one({"PING"}))).error().code(), ErrorCode::kConnect) << "and nobody waits";
    server.signal(SIGCONT);
    co_await up(client);
    EXPECT_TRUE((co_await client.run(one({"PING"}))).has_value());
    server.stop();
    co_await eventually(loop(), [&] { return !client.up(); });
    server.start();
    co_await up(client);
    EXPECT_TRUE((co_await client.run(one({"PING"}))).has_value());
  });
}

TEST_F(ClientTest, LogsInAsAUserOverTlsAndOnlyToWhomItTrusts) {
  test_support::Authority authority;
  authority.issue("IP:127.0.0.1");
  RedisServer server(
      {.arguments = {"--user", "gate", "on", ">secret", "~pointsman:*", "+@all", "--user", "default", "off"},
       .tls = true,
       .certificate_file = authority.certificate_file(),
       .key_file = authority.key_file()});
  PM_NEEDS_REDIS(server);
  reach(server.port());
  config_.username = "gate";
  config_.password = base::Secret("secret");
  with_client(
      [&](Client& client) -> Awaitable<> {
        co_await up(client);
        const Replies replies = co_await client.run(one({"SET", "other", "1"}));
        EXPECT_TRUE(replies && replies->front().error_code() == "NOPERM");
        EXPECT_TRUE((co_await client.run(one({"SET", "pointsman:x", "1"}))).has_value());
      },
      *net::make_client_tls(authority.ca_file(), true));
  test_support::Authority stranger;
  Client distrustful(loop(), resolver_, config_, *net::make_client_tls(stranger.ca_file(), true), 1);
  run_.run([](net::Loop& on, Client& client) -> Awaitable<> {
    client.start();
    for (int i = 0; i < 200; ++i) co_await test_support::turns(on, 10);
    EXPECT_FALSE(client.up());
    client.stop();
    co_await eventually(on, [&] { return on.running() <= 1; });
  }(loop(), distrustful));
}

TEST(Greeting, SaysWhoWeAreAndReadsWhatIsAnswered) {
  config::RedisConfig config;
  EXPECT_EQ(greeting(config, Version::kResp3).bytes(), "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
  config.password = base::Secret("pw");
  config.database = 2;
  EXPECT_EQ(
      greeting(config, Version::kResp3).bytes(),
      "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n");
  EXPECT_EQ(greeting(config, Version::kResp2).bytes(),
            "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n*1\r\n$4\r\nPING\r\n");
  const auto code = [](std::string text) {
    const auto answer = greeting_answer({RespValue::Kind::kError, 0, std::move(text), {}});
    return answer ? ErrorCode::kInternal : answer.error().code();
  };
  EXPECT_EQ(code("NOPROTO unsupported protocol version"), ErrorCode::kUnsupported);
  EXPECT_EQ(code("ERR unknown command 'HELLO'"), ErrorCode::kUnsupported);
  EXPECT_EQ(code("WRONGPASS invalid username-password pair"), ErrorCode::kUnauthorized);
  EXPECT_EQ(code("ERR DB index is out of range"), ErrorCode::kConnect);
}

TEST(Greeting, FollowsMovedAndNothingElse) {
  const auto moved = [](std::string text) { return redirection({RespValue::Kind::kError, 0, std::move(text), {}}); };
  EXPECT_EQ(moved("MOVED 3999 10.0.0.7:6381"), (Redirection{"10.0.0.7", 6381}));
  EXPECT_EQ(moved("MOVED 3999 ::1:6381"), (Redirection{"::1", 6381}));
  EXPECT_EQ(moved("MOVED 3999 :6381"), (Redirection{"", 6381}));
  EXPECT_EQ(moved("MOVED 3999 ?:6381"), (Redirection{"", 6381}));
  EXPECT_EQ(moved("MOVED 3999 host:0"), std::nullopt);
  EXPECT_EQ(moved("MOVED 3999 host"), std::nullopt);
  EXPECT_EQ(moved("ASK 3999 10.0.0.7:6381"), std::nullopt);
  EXPECT_TRUE(breaks_connection({RespValue::Kind::kError, 0, "READONLY You can't write", {}}));
  EXPECT_FALSE(breaks_connection({RespValue::Kind::kError, 0, "ASK 3999 10.0.0.7:6381", {}}));
  EXPECT_FALSE(breaks_connection({RespValue::Kind::kText, 0, "READONLY", {}}));
}

TEST(LinkTest, TriesEverMoreSeldomUntilAConnectionHeld) {
  Link link;
  base::MonoTime now{std::chrono::hours(1)};
  EXPECT_EQ(link.failed(now, 1.0), Link::kFirstPause);
  EXPECT_EQ(link.failed(now, 0.0), Link::kFirstPause) << "half of twice as much";
  for (int i = 0; i < 20; ++i) (void)link.failed(now, 0.5);
  EXPECT_EQ(link.failed(now, 1.0), Link::kLongestPause);
  link.opened(now);
  EXPECT_TRUE(link.up());
  EXPECT_EQ(link.failed(now + std::chrono::seconds(1), 1.0), Link::kLongestPause) << "it did not hold";
  link.opened(now);
  EXPECT_EQ(link.failed(now + Link::kHeld, 1.0), Link::kFirstPause);
}

}  // namespace
}  // namespace pointsman::shared_redis
