// Deliveries to receivers on this machine that fail, hang, redirect or hide behind names, and the guards (P20).
#include "courier/courier.h"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "base/base64.h"
#include "base/hmac.h"
#include "support/tcp_peer.h"

namespace pointsman::courier {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::LoopRun;
using test_support::read_to;
using test_support::send;
using test_support::TcpPeer;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kSecret = "a-secret-of-some-length";
constexpr std::string_view kOk = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view kFailure = "HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops";

config::WebhookConfig hook(const std::string& url, bool allow_private = true, std::string name = "billing") {
  return {std::move(name), *config::Url::parse(url), base::Secret(std::string(kSecret)), allow_private};
}

TargetPtr target_at(const std::string& url, bool allow_private = true, std::string name = "billing") {
  auto made = make_target(hook(url, allow_private, std::move(name)), nullptr);
  EXPECT_TRUE(made) << made.error().message();
  return made ? std::make_shared<const Target>(std::move(*made)) : nullptr;
}

// Value of the header in what a receiver read; the last one.
std::string header(std::string_view text, const std::string& name) {
  const std::size_t at = text.rfind("\r\n" + name + ": ");
  if (at == std::string_view::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return std::string(text.substr(begin, text.find("\r\n", begin) - begin));
}

webhook::Event warning() {
  webhook::BudgetFigures budget;
  budget.holder.owner = "acme";
  budget.limit = 1'000'000'000;
  budget.used = 800'000'000;
  budget.percent = 80;
  return {webhook::EventType::kBudgetWarning, base::WallTime(1'700'000'000s), budget};
}

class RoundsTest : public ::testing::Test {
 protected:
  RoundsTest()
      : rounds_(run_.loop(), resolver_, clock_, shard_,
                {.instance = "gw-1",
                 .seed = 1,
                 .policy = {.first = 4ms, .longest = 4ms, .least = 1ms, .attempts = 5},
                 .limits = {.connect = 2s, .total = 10s},
                 .capacity = 8}) {}

  std::string url(std::string_view path = "/in") {
    return "http://127.0.0.1:" + std::to_string(peer_.port()) + std::string(path);
  }
  // A receiver that reads one document and answers so.
  void answer(std::string_view with) { peer_.next({read_to(), read_to("}}"), send(std::string(with))}); }
  double counted(std::string_view result) {
    return static_cast<double>(shard_.counter("pointsman_webhook_deliveries_total", {{"result", result}}).value());
  }
  void run_until(const std::function<bool()>& holds) { run_.run(eventually(run_.loop(), holds)); }

  LoopRun run_;
  std::vector<std::string> looked_up_;
  std::vector<std::string> addresses_ = {"127.0.0.1"};
  net::Resolver resolver_{[this](const std::string& host) -> base::Result<net::Addresses> {
    looked_up_.push_back(host);
    net::Addresses out;
    for (const std::string& one : addresses_) out.push_back(net::asio::ip::make_address(one));
    return out;
  }};
  base::ManualClock clock_;
  telemetry::Shard shard_;
  TcpPeer peer_{run_.loop()};
  Rounds rounds_;
};

TEST_F(RoundsTest, DeliverADocumentWithASignatureThatCanBeVerified) {
  answer(kOk);
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  const std::string& got = peer_.received();
  EXPECT_THAT(got, AllOf(HasSubstr("POST /in HTTP/1.1\r\nhost: 127.0.0.1:"),
                         HasSubstr("content-type: application/json"), HasSubstr("\"type\":\"budget.warning\"")));
  const std::string body = got.substr(got.find("\r\n\r\n") + 4);
  const std::string signed_text = header(got, "webhook-id") + "." + header(got, "webhook-timestamp") + "." + body;
  const base::Sha256 digest = base::hmac_sha256(kSecret, signed_text);
  EXPECT_EQ(header(got, "webhook-signature"),
            "v1," + base::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}));
  EXPECT_EQ(header(got, "webhook-timestamp"), "1700000000");
  EXPECT_THAT(body, HasSubstr("{\"id\":\"" + header(got, "webhook-id") + "\""));
  EXPECT_EQ(counted("delivered"), 1);
}

TEST_F(RoundsTest, TryAgainUntilItIsTakenWithTheSameId) {
  answer(kFailure);
  answer(kFailure);
  answer(kOk);
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  EXPECT_EQ(peer_.accepted(), 3U);
  EXPECT_EQ(counted("retried"), 2);
  EXPECT_EQ(counted("delivered"), 1);
  const std::string id = header(peer_.received(), "webhook-id");
  std::size_t times = 0;
  for (std::size_t at = 0; (at = peer_.received().find("webhook-id: " + id, at)) != std::string::npos; ++at) ++times;
  EXPECT_EQ(times, 3U);
}

TEST_F(RoundsTest, GiveUpWhenAttemptsAreUsedUp) {
  for (int i = 0; i < 6; ++i) answer(kFailure);
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  EXPECT_EQ(peer_.accepted(), 5U);
  EXPECT_EQ(counted("given_up"), 1);
}

TEST_F(RoundsTest, GiveUpAtOnceWhereTheReceiverIsGone) {
  answer("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n");
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  EXPECT_EQ(counted("given_up"), 1);
  EXPECT_EQ(peer_.accepted(), 1U);
}

TEST_F(RoundsTest, P20FollowNoRedirect) {
  TcpPeer other(run_.loop());
  for (int i = 0; i < 5; ++i) {
    answer("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:" + std::to_string(other.port()) +
           "/x\r\ncontent-length: 0\r\n\r\n");
  }
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  EXPECT_EQ(counted("given_up"), 1);
  EXPECT_EQ(other.accepted(), 0U);
}

TEST_F(RoundsTest, DeliverToOthersWhileOneNeverAnswers) {
  net::Event never;
  peer_.next({read_to(), test_support::wait_for(never)});
  TcpPeer other(run_.loop());
  other.next({read_to(), read_to("}}"), send(std::string(kOk))});
  rounds_.set_targets({target_at(url()), target_at("http://127.0.0.1:" + std::to_string(other.port()), true, "other")});
  rounds_.announce(warning());
  run_until([&] { return counted("delivered") == 1; });
  EXPECT_EQ(rounds_.waiting(), 1U);
  EXPECT_TRUE(rounds_.busy());
  rounds_.stop();
  run_until([&] { return !rounds_.busy(); });
  EXPECT_EQ(counted("retried"), 0) << "the attempt was cut";
}

TEST_F(RoundsTest, TakeNoMoreOfAnAnswerThanItsBeginning) {
  answer("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + std::string(10'000, 'x'));
  rounds_.set_targets({target_at(url())});
  rounds_.announce(warning());
  run_until([&] { return rounds_.waiting() == 0; });
  EXPECT_EQ(counted("delivered"), 1);
}

TEST_F(RoundsTest, LoseTheOldestWhereTooManyWait) {
  net::Event never;
  peer_.next({read_to(), test_support::wait_for(never)});
  rounds_.set_targets({target_at(url())});
  for (int i = 0; i < 20; ++i) rounds_.announce(warning());
  EXPECT_EQ(rounds_.waiting(), 8U);
  EXPECT_EQ(counted("dropped"), 12);
  run_until([&] { return peer_.accepted() == 1; });
  rounds_.stop();
  run_until([&] { return !rounds_.busy(); });
}

class GuardTest : public RoundsTest {
 protected:
  // What comes of posting once to that host by its name, only public addresses allowed.
  base::Result<PostAnswer> post_to(const std::string& host, PostLimits limits = {}) {
    Target target = *target_at("http://" + host + ":" + std::to_string(peer_.port()) + "/in");
    target.only_public = true;
    base::Result<PostAnswer> out = base::fail(base::ErrorCode::kInternal, "");
    run_.run(once(std::move(target), limits, out));
    return out;
  }
  net::Awaitable<> once(Target target, PostLimits limits, base::Result<PostAnswer>& out) {
    net::CancelToken cancel;
    out = co_await post(run_.loop(), resolver_, target, "id", "{}", clock_.wall(), cancel, limits);
  }
};

TEST_F(GuardTest, P20ConnectToNoAddressThatIsNotPublic) {
  for (const std::string one : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1",
                                "64:ff9b::7f00:1", "2002:7f00:1::"}) {
    addresses_ = {one};
    const auto answer = post_to("name-of-" + std::to_string(looked_up_.size()) + ".example");
    ASSERT_FALSE(answer) << one;
    EXPECT_EQ(answer.error().code(), base::ErrorCode::kForbidden) << one << answer.error().message();
  }
  EXPECT_EQ(peer_.accepted(), 0U);
}

TEST_F(GuardTest, P20ConnectToNoneIfOneOfSeveralIsNotPublic) {
  addresses_ = {"93.184.216.34", "127.0.0.1"};
  EXPECT_EQ(post_to("mixed.example").error().code(), base::ErrorCode::kForbidden);
  EXPECT_EQ(peer_.accepted(), 0U);
}

TEST_F(GuardTest, P20CheckLiteralsToo) {
  for (const std::string host : {"127.0.0.1", "[::1]", "[::ffff:7f00:1]"}) {
    EXPECT_EQ(post_to(host).error().code(), base::ErrorCode::kForbidden) << host;
  }
  EXPECT_TRUE(looked_up_.empty());
  EXPECT_EQ(peer_.accepted(), 0U);
}

// A name server that answers the second question otherwise is not asked a second one.
TEST_F(GuardTest, P20ConnectToTheVeryAddressThatWasChecked) {
  std::vector<std::string> answers = {"127.0.0.1", "127.0.0.9"};
  std::size_t asked = 0;
  net::Resolver rebinding([&](const std::string&) -> base::Result<net::Addresses> {
    return net::Addresses{net::asio::ip::make_address(answers[asked++])};
  });
  net::CancelToken cancel;
  const net::Endpoint endpoint{"rebind.example", peer_.port(), nullptr};
  base::Result<net::ChannelPtr> channel = base::fail(base::ErrorCode::kInternal, "");
  const auto connect = [&]() -> net::Awaitable<> {
    channel = co_await net::connect_checked(
        run_.loop(), rebinding, endpoint,
        [](const net::asio::ip::address& one) { return one.to_string() == "127.0.0.1"; }, net::Loop::now() + 5s,
        cancel);
  };
  run_.run(connect());
  ASSERT_TRUE(channel) << channel.error().message();
  EXPECT_EQ((*channel)->socket().remote_endpoint().address().to_string(), "127.0.0.1");
  EXPECT_EQ(asked, 1U);
}

TEST_F(GuardTest, EndAtItsDeadlineWhereNothingIsAnswered) {
  net::Event never;
  peer_.next({read_to(), test_support::wait_for(never)});
  Target target = *target_at(url());
  base::Result<PostAnswer> out = base::fail(base::ErrorCode::kInternal, "");
  run_.run(once(std::move(target), {.connect = 2s, .total = 100ms}, out));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), base::ErrorCode::kTimeout) << out.error().message();
}

TEST(MakeTarget, P20RefusesWhatIsNotPublicUnlessAllowed) {
  for (const std::string url :
       {"http://hooks.example.com", "https://127.0.0.1", "https://0x7f.1", "https://localhost"}) {
    const auto made = make_target(hook(url, false), nullptr);
    ASSERT_FALSE(made) << url;
    EXPECT_EQ(made.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_FALSE(made.error().message().contains(kSecret));
  }
  EXPECT_TRUE(make_target(hook("https://hooks.example.com", false), nullptr));
}

TEST(CourierThread, DeliversFromAThreadOfItsOwnAndStopsWithItsLastWords) {
  net::Loop loop;
  TcpPeer peer(loop);
  for (int i = 0; i < 4; ++i) peer.next({read_to(), read_to("}}"), send(std::string(kOk))});
  std::thread receiver([&] { loop.run(); });
  base::SystemClock clock;
  telemetry::Shard shard;
  {
    Courier courier(clock, shard, {.instance = "gw-1", .seed = 1});
    courier.announce(warning());  // nobody is there: it goes nowhere
    courier.set_targets({target_at("http://127.0.0.1:" + std::to_string(peer.port()) + "/in")});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { courier.announce(warning()); });
    for (std::thread& one : threads) one.join();
    courier.stop(10s);
    courier.announce(warning());
  }
  loop.stop();
  receiver.join();
  EXPECT_EQ(shard.counter("pointsman_webhook_deliveries_total", {{"result", "delivered"}}).value(), 4U);
  EXPECT_EQ(peer.accepted(), 4U);
}

TEST(CourierThread, NeedsNoThreadWithoutTargets) {
  base::SystemClock clock;
  telemetry::Shard shard;
  Courier courier(clock, shard, {});
  courier.set_targets({});
  courier.announce(warning());
  courier.stop(1s);
}

}  // namespace
}  // namespace pointsman::courier
