// What happens when a model cannot be had: another one answers before the first byte, or the client is told.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using simulate::Script;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using ::testing::Not;
using testing::post;
using testing::status_of;
using testing::whole_answer;

void patient_breaker(config::Config& config) {
  config.router.breaker.failures = 1000;
  config.router.retries.budget = 1.0F;
}

struct Failure {
  const char* error;  // as the ledger calls it
  int status;
  std::function<void(Script&)> script;
};

std::vector<Failure> failures_before_the_first_byte() {
  const auto with_status = [](int status) {
    return [status](Script& script) { script.then_status(status).then_body(R"({"error":{"message":"upstream's"}})"); };
  };
  return {
      {"status_408", 408, with_status(408)},
      {"status_409", 409, with_status(409)},
      {"status_429", 429, with_status(429)},
      {"status_500", 500, with_status(500)},
      {"status_502", 502, with_status(502)},
      {"status_503", 503, with_status(503)},
      {"status_529", 529, with_status(529)},
      {"status_401", 401, with_status(401)},
      {"status_402", 402, with_status(402)},
      {"status_403", 403, with_status(403)},
      {"status_404", 404, with_status(404)},
      {"status_302", 302, [](Script& script) { script.then_status(302).then_header("location", "/x").then_body(""); }},
      {"web_page", 200, [](Script& script) { script.then_header("content-type", "text/html").then_body("<p>"); }},
      {"web_page", 502,
       [](Script& script) { script.then_status(502).then_header("content-type", "text/html").then_body("<p>"); }},
      {"timeout", 0, [](Script& script) { script.then_hang(); }},
      {"timeout", 0, [](Script& script) { script.then_raw("HTTP/1.1 200 OK\r\n").then_hang(); }},
      {"timeout", 0,
       [](Script& script) { script.then_raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").then_hang(); }},
      {"reset", 0, [](Script& script) { script.fail_before_body(); }},
      {"reset", 0, [](Script& script) { script.then_close(); }},
      {"reset", 0, [](Script& script) { script.then_raw("HTTP/1.1 200 OK\r\n").then_reset(); }},
      {"reset", 0,
       [](Script& script) { script.then_raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").then_close(); }},
      {"parse", 0, [](Script& script) { script.then_raw("\x16\x03\x01 no HTTP\r\n\r\n").then_close(); }},
  };
}

// A port at which nobody listens, as long as this lives.
class ClosedPort {
 public:
  ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { ::close(fd_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

using FailoverTest = GatewayTest;

TEST_F(FailoverTest, EveryFailureBeforeTheFirstByteIsAnsweredByAnotherModel) {
  start(patient_breaker);
  large_.when().then_header("content-type", "application/json").then_body(whole_answer("from the large one"));
  std::size_t count = 0;
  const std::vector<Failure> failures = failures_before_the_first_byte();
  for (const Failure& one : failures) {
    one.script(small_.when().times(1));
    const std::string answer = ask_chat(count % 2 == 0 ? chat("simple") : chat_stream("simple"));
    const std::string at = std::string(one.error) + " " + std::to_string(count);
    EXPECT_EQ(status_of(answer), 200) << at;
    EXPECT_EQ(body_of(answer), whole_answer("from the large one")) << at;
    EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large") << at;
    EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "failover") << at;
    const auto all = gateway_->entries(++count);
    ASSERT_EQ(all.size(), count) << at;
    const ledger::Entry& entry = all.back();
    EXPECT_EQ(entry.outcome, Outcome::kOk) << at;
    EXPECT_EQ(entry.model, "sim-large") << at;
    // An attempt that was sent and never answered may have been billed: nobody knows.
    const bool unanswered = one.status == 0 && one.error != std::string_view("connect");
    if (unanswered) {
      EXPECT_FALSE(entry.cost.has_value()) << at;
    } else {
      EXPECT_EQ(entry.cost, base::Money{100 * 5'000 + 50 * 25'000}) << at;
    }
    ASSERT_EQ(entry.attempts.size(), 2U) << at;
    EXPECT_EQ(entry.attempts[0].error, one.error) << at;
    EXPECT_EQ(entry.attempts[0].status, one.status) << at;
    EXPECT_EQ(entry.attempts[1].error, "") << at;
  }
  EXPECT_EQ(small_.provider.requests().size(), failures.size()) << "nobody was asked twice";
  EXPECT_THAT(tools_.provider.requests(), IsEmpty());
}

TEST_F(FailoverTest, TheLastAnswerIsPassedOnWhenAllModelsFail) {
  start(patient_breaker);
  const std::string last = R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})";
  small_.when().then_status(500).then_body("{}");
  large_.when().then_status(503).then_body("{}");
  tools_.when().then_status(429).then_header("retry-after", "2").then_body(last);
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 429);
  EXPECT_EQ(body_of(answer), last);
  EXPECT_EQ(field_of(answer, "retry-after"), "2");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kUpstreamError);
  EXPECT_EQ(one.status, 429);
  EXPECT_EQ(one.attempts.size(), 3U);
  EXPECT_EQ(one.cost, base::Money{}) << "an error is not billed";
}

TEST_F(FailoverTest, TheClientsOwnMistakeIsPassedOnAndTriedOnce) {
  start();
  small_.when().then_status(400).then_body(R"({"error":{"message":"bad temperature"}})");
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_EQ(body_of(answer), R"({"error":{"message":"bad temperature"}})");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientError);
  EXPECT_EQ(one.attempts.size(), 1U);
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
}

TEST_F(FailoverTest, OurOwnBadKeyIsNotTheClientsAndItsTextIsNotShown) {
  start([](config::Config& config) { config.providers[0].api_key = base::Secret("sk-wrong"); });
  small_.when().then_status(401).then_body(R"({"error":{"message":"Incorrect API key provided: sk-wr***ng"}})");
  const std::string answer = ask_chat(chat("x", "sim-small"));
  EXPECT_EQ(status_of(answer), 502);
  EXPECT_THAT(answer, Not(HasSubstr("sk-")));
  EXPECT_THAT(answer, Not(HasSubstr("api_key")));
  EXPECT_THAT(answer, HasSubstr(R"("code":"upstream_status")"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kUpstreamError);
  EXPECT_EQ(one.status, 502);
  EXPECT_THAT(one.error, HasSubstr("check its api_key"));
}

TEST_F(FailoverTest, NoAddressOfOursReachesTheClientButTheLedgerHasIt) {
  ClosedPort nobody;
  gateway_.emplace(config::DemoPorts{nobody.port(), nobody.port(), nobody.port()});
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 502);
  EXPECT_THAT(body_of(answer), Not(HasSubstr("127.0.0.1")));
  EXPECT_THAT(body_of(answer), Not(HasSubstr(std::to_string(nobody.port()))));
  EXPECT_EQ(field_of(answer, "x-should-retry"), "true");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kUpstreamError);
  EXPECT_THAT(one.error, HasSubstr("127.0.0.1:" + std::to_string(nobody.port())));
  ASSERT_EQ(one.attempts.size(), 3U);
  for (const ledger::Attempt& attempt : one.attempts) EXPECT_EQ(attempt.error, "connect");
}

TEST_F(FailoverTest, AModelThatAsksForAPauseIsLeftAloneUntilThen) {
  start();
  small_.when().then_status(429).then_header("retry-after", "60").then_body("{}");
  large_.when().then_body(whole_answer("x"));
  const auto client = connect();  // one connection, so one worker
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client->send(post(kChat, chat("simple"))));
    EXPECT_EQ(status_of(client->read_answer()), 200);
  }
  EXPECT_EQ(small_.provider.requests().size(), 1U);
  const auto all = gateway_->entries(3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(all[0].unavailable, IsEmpty());
  EXPECT_THAT(all[2].unavailable, ElementsAre("sim-small"));
  EXPECT_THAT(all[2].candidates, ElementsAre("sim-large", "sim-tools", "sim-small"));
}

TEST_F(FailoverTest, AModelThatKeepsFailingIsTriedLast) {
  start([](config::Config& config) { config.router.breaker.failures = 2; });
  small_.when().then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("x"));
  const auto client = connect();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client->send(post(kChat, chat("simple"))));
    EXPECT_EQ(status_of(client->read_answer()), 200);
  }
  EXPECT_EQ(small_.provider.requests().size(), 2U);
}

TEST_F(FailoverTest, AttemptsEndAtTheConfiguredNumber) {
  start([](config::Config& config) { config.router.retries.max_attempts = 1; });
  small_.when().then_status(500).then_body("the only one");
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_EQ(body_of(answer), "the only one");
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
}

TEST_F(FailoverTest, RetriesEndWithTheirBudget) {
  start([](config::Config& config) {
    config.router.breaker.failures = 1000;
    config.router.retries.budget = 0.01F;
  });
  small_.when().then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("x"));
  const auto client = connect();
  int failed = 0;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(client->send(post(kChat, chat("simple"))));
    if (status_of(client->read_answer()) == 500) ++failed;
  }
  // A quiet gateway may retry ten times in ten seconds; forty failures in a row are not amplified to eighty.
  EXPECT_GE(failed, 1);
  EXPECT_LE(small_.provider.requests().size() + large_.provider.requests().size(), 40U + 11U);
}

}  // namespace
}  // namespace pointsman
