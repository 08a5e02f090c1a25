// More requests than there is room for: some are turned away at once, those under way are finished.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::event;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::post;
using testing::RawClient;
using testing::status_of;
using testing::whole_answer;

class OverloadTest : public GatewayTest {
 protected:
  // A client has the last byte of its answer before its place is free.
  bool wait_for_room() {
    return small_.server.wait_until([this](http::Server&) {
      return ask("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").contains("\npointsman_requests_in_flight 0\n");
    });
  }
};

TEST_F(OverloadTest, WhatIsUnderWayIsFinishedAndWhatComesNowIsToldWhenToComeAgain) {
  start([](config::Config& config) {
    config.limits.overload.max_in_flight = 1;
    config.limits.overload.retry_after = std::chrono::milliseconds(1500);
  });
  std::atomic<bool> go{false};
  small_.when()
      .then_header("content-type", std::string(kEvents))
      .then_stream({event("one")})
      .then_wait_until([&go] { return go.load(); })
      .then_stream({event("two"), std::string(kFinish), std::string(kDone)});
  RawClient streaming(gateway_->port());
  streaming.send(post(kChat, chat_stream("a simple one")));
  ASSERT_TRUE(streaming.read_until("one"));
  RawClient other(gateway_->port());
  other.send(post(kChat, chat("a simple one")));
  const std::string answer = other.read_answer();
  EXPECT_EQ(status_of(answer), 503);
  other.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(status_of(other.read_answer()), 200) << "the connection goes on: making a new one would cost more";
  EXPECT_EQ(field_of(answer, "retry-after"), "2");
  EXPECT_EQ(field_of(answer, "retry-after-ms"), "1500");
  EXPECT_EQ(field_of(answer, "x-should-retry"), "true");
  EXPECT_THAT(body_of(answer), HasSubstr("try again"));
  const std::string metrics = ask("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_THAT(metrics, HasSubstr("\npointsman_requests_in_flight 1\n"));
  EXPECT_THAT(metrics, HasSubstr(R"(pointsman_requests_shed_total{reason="in_flight",priority="normal"} 1)"));
  go = true;
  EXPECT_TRUE(streaming.read_until("[DONE]"));
  EXPECT_EQ(gateway_->entries(1).size(), 1U) << "who was turned away is no decision";
  ASSERT_TRUE(wait_for_room());
  small_.when().then_body(whole_answer("x"));
  EXPECT_EQ(status_of(ask_chat(chat("a simple one"))), 200);
}

TEST_F(OverloadTest, AClientThatIsSlowToSendKeepsNobodyOutAndFindsItsPlaceLater) {
  start([](config::Config& config) { config.limits.overload.max_in_flight = 1; });
  std::atomic<bool> go{false};
  small_.when(simulate::body_contains("stream\":true"))
      .then_header("content-type", std::string(kEvents))
      .then_stream({event("begun")})
      .then_wait_until([&go] { return go.load(); })
      .then_stream({std::string(kFinish), std::string(kDone)});
  small_.when().then_body(whole_answer("x"));
  const std::string request = post(kChat, chat("a simple one"), "expect: 100-continue\r\n");
  const std::size_t head = request.find("\r\n\r\n") + 4;
  RawClient slow(gateway_->port());
  slow.send(request.substr(0, head));
  ASSERT_TRUE(slow.read_until("HTTP/1.1 100 ")) << "it was let in";
  slow.send(request.substr(head, request.size() - head - 5));
  EXPECT_EQ(status_of(ask_chat(chat("a simple one"))), 200);
  ASSERT_TRUE(wait_for_room());

  RawClient streaming(gateway_->port());
  streaming.send(post(kChat, chat_stream("a simple one")));
  ASSERT_TRUE(streaming.read_until("begun"));
  slow.send(request.substr(request.size() - 5));
  ASSERT_TRUE(slow.read_until("HTTP/1.1 503 ")) << "the place was taken before its last bytes came";
  EXPECT_TRUE(slow.read_until("retry-after-ms: "));
  go = true;
  EXPECT_TRUE(streaming.read_until("[DONE]"));
  ASSERT_TRUE(wait_for_room());

  slow.send(post(kChat, chat("a simple one")));
  EXPECT_TRUE(slow.read_until("HTTP/1.1 200 ")) << "on the same connection";
  EXPECT_EQ(gateway_->entries(3).size(), 3U);
}

TEST_F(OverloadTest, ExemplarsNameARequestWhereTheScraperTakesThem) {
  start([](config::Config& config) { config.telemetry.exemplars = true; });
  small_.when().then_body(whole_answer("x"));
  const std::string id = field_of(ask_chat(chat("a simple one")), "x-pointsman-decision-id");
  ASSERT_FALSE(id.empty());
  const std::string plain = ask("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_THAT(plain, ::testing::Not(HasSubstr(id)));
  const std::string open =
      ask("GET /metrics HTTP/1.1\r\nhost: x\r\naccept: application/openmetrics-text;version=1.0.0\r\n\r\n");
  EXPECT_THAT(field_of(open, "content-type"), HasSubstr("application/openmetrics-text; version=1.0.0"));
  EXPECT_THAT(body_of(open), HasSubstr(" # {decision_id=\"" + id + "\"} "));
  EXPECT_THAT(body_of(open), ::testing::EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace pointsman
