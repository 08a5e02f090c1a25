// Answers that break off, and clients that leave: nothing is made to look complete, nobody is asked again, and each
// request leaves one entry.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using simulate::FaultKind;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::event;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kUsage;
using ::testing::Not;
using testing::post;
using testing::RawClient;
using testing::status_of;
using testing::unchunked;
using testing::whole_answer;

// A model that fails at half of twenty requests is left alone for a while: no gateway here sees that many failures.
constexpr std::size_t kOneBreakersWorth = 15;

class CutTest : public GatewayTest {
 protected:
  void start_patient() {
    start([](config::Config& config) {
      config.router.breaker.failures = 1000;
      config.router.retries.budget = 1.0F;
      for (config::ProviderConfig& provider : config.providers) provider.idle_timeout = std::chrono::milliseconds(150);
    });
  }
  // Sends, reads until the connection ends or the answer is complete, and gives what came.
  std::string exchange(const std::string& body) {
    const auto client = connect();
    EXPECT_TRUE(client->send(post(kChat, body, "connection: close\r\n")));
    end_ = client->read_to_end();
    EXPECT_NE(end_, RawClient::End::kOpen) << "the gateway never came to an end";
    return client->received();
  }
  RawClient::End end_ = RawClient::End::kOpen;
};

// Whatever the place and the way an upstream's answer breaks at: either nobody has seen anything of it and another
// model answers, or the client sees that it is cut.
TEST_F(CutTest, AStreamCutAnywhereNeverLooksComplete) {
  const std::vector<std::string> events = {event("one"), event("two"), event("three"), kFinish, kUsage, kDone};
  const std::string other = whole_answer("from another model");
  large_.when().then_header("content-type", "application/json").then_body(other);
  std::size_t count = kOneBreakersWorth;
  std::size_t cuts = 0;
  for (const FaultKind how : {FaultKind::kReset, FaultKind::kClose, FaultKind::kStall}) {
    for (std::uint64_t at = 1; at < 900; at += how == FaultKind::kStall ? 83 : 29) {
      if (count == kOneBreakersWorth) {
        start_patient();
        count = 0;
      }
      small_.when().times(1).then_header("content-type", kEvents).then_stream(events).fail_after(at, how);
      const std::string got = exchange(chat_stream("simple"));
      const auto all = gateway_->entries(++count);
      ASSERT_EQ(all.size(), count);
      const ledger::Entry& entry = all.back();
      const std::string place = std::to_string(static_cast<int>(how)) + " at " + std::to_string(at);
      if (body_of(got) == other) {  // before the first byte
        EXPECT_EQ(entry.outcome, Outcome::kOk) << place;
        EXPECT_EQ(entry.attempts.size(), 2U) << place;
        continue;
      }
      EXPECT_EQ(entry.attempts.size(), 1U) << "asked again after the first byte: " << place;
      if (got.find(kDone) != std::string::npos) {  // cut behind [DONE]
        EXPECT_EQ(entry.outcome, Outcome::kOk) << place;
        continue;
      }
      ++cuts;
      EXPECT_FALSE(got.ends_with("0\r\n\r\n")) << place;
      EXPECT_EQ(entry.outcome, Outcome::kCut) << place;
      EXPECT_EQ(entry.status, 200) << place;
      EXPECT_EQ(entry.attempts.back().error, "cut") << place;
      if (got.find("chatcmpl") != std::string::npos) EXPECT_FALSE(entry.cost.has_value() && !entry.usage.known());
    }
  }
  EXPECT_GE(cuts, 30U);
}

TEST_F(CutTest, AWholeAnswerCutAnywhereNeverLooksComplete) {
  start_patient();
  large_.when().then_body("{}");
  const std::string text = whole_answer(std::string(40'000, 'x'));
  std::size_t count = 0;
  for (const FaultKind how : {FaultKind::kReset, FaultKind::kClose, FaultKind::kStall}) {
    for (const std::uint64_t at : {200U, 5'000U, 20'000U, 40'000U}) {
      small_.when().times(1).then_body(text).fail_after(at, how);
      const std::string got = exchange(chat("simple"));
      const auto all = gateway_->entries(++count);
      ASSERT_EQ(all.size(), count);
      EXPECT_EQ(all.back().outcome, Outcome::kCut) << at;
      EXPECT_LT(body_of(got).size(), text.size()) << at;
      EXPECT_THAT(got, HasSubstr("content-length: " + std::to_string(text.size()))) << at;
      EXPECT_FALSE(all.back().cost.has_value()) << "unknown is not nothing";
    }
  }
}

TEST_F(CutTest, AnAnswerWithoutFramingIsWholeOnlyByItsOwnWords) {
  start_patient();
  const std::string head = "HTTP/1.0 200 OK\r\ncontent-type: ";
  small_.when(simulate::body_contains("stream\":true")).then_raw(head + kEvents + "\r\n\r\n" + event("and then"));
  small_.when().then_raw(head + "application/json\r\n\r\n" + whole_answer("x").substr(0, 60));
  for (const std::string& body : {chat_stream("simple"), chat("simple")}) {
    const std::string got = exchange(body);
    EXPECT_THAT(got, HasSubstr("transfer-encoding: chunked"));
    EXPECT_FALSE(got.ends_with("0\r\n\r\n")) << got;
    std::string old = post(kChat, body);
    old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
    const auto client = connect();
    ASSERT_TRUE(client->send(old));
    EXPECT_EQ(client->read_to_end(), RawClient::End::kReset) << "only a reset tells such a client";
  }
  for (const ledger::Entry& one : gateway_->entries(4)) EXPECT_EQ(one.outcome, Outcome::kCut);
}

TEST_F(CutTest, BrokenFramingBehindTheFirstBytesIsACut) {
  start_patient();
  const std::string head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  small_.when().then_raw(head + "5\r\ndata:\r\n").then_wait(std::chrono::milliseconds(20)).then_raw("XYZ\r\n");
  const std::string got = exchange(chat_stream("simple", R"("stream_options":{"include_usage":true},)"));
  EXPECT_TRUE(got.ends_with("5\r\ndata:\r\n")) << got;
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

TEST_F(CutTest, BrokenFramingBeforeAnythingWasSentIsAnError) {
  start_patient();
  small_.when().then_raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nXYZ\r\n");
  const std::string got = exchange(chat("simple"));
  EXPECT_EQ(status_of(got), 502);
  EXPECT_THAT(got, HasSubstr(R"("type":"upstream_error")"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kUpstreamError);
  EXPECT_EQ(one.status, 502);
  EXPECT_FALSE(one.cost.has_value());
}

// The framing says that nothing is missing, the content says otherwise: the client gets what came, as it came, and the
// entry tells why it may be unhappy with it.
TEST_F(CutTest, AWholeBodyThatIsNotWholeJsonIsPassedOnAndTheEntrySaysSo) {
  const std::string whole = whole_answer("x");
  const std::string bodies[] = {"", "oops", "[]", whole.substr(0, whole.size() - 1), whole + whole, R"({"usage":{,}})"};
  for (const bool streamed : {false, true}) {
    start_patient();  // anew: so many failures in a row would open the breaker by their rate
    std::size_t count = 0;
    for (const std::string& body : bodies) {
      auto& script = small_.when().times(1).then_header("content-type", "application/json");
      streamed ? script.then_stream({" ", body + "\n"}) : script.then_body(body);
      const std::string got = exchange(chat("simple"));
      EXPECT_EQ(status_of(got), 200) << body;
      EXPECT_EQ(streamed ? unchunked(body_of(got)) : body_of(got), streamed ? " " + body + "\n" : body);
      const auto all = gateway_->entries(++count);
      ASSERT_EQ(all.size(), count);
      EXPECT_EQ(all.back().outcome, Outcome::kCut) << body;
      EXPECT_EQ(all.back().error, "the upstream's answer is not one whole JSON object") << body;
      EXPECT_EQ(all.back().attempts.back().error, "cut") << body;
    }
  }
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
}

TEST_F(CutTest, AStreamThatIsNoStreamIsPassedOnAndTheEntrySaysSo) {
  start_patient();
  std::size_t count = 0;
  for (const std::string body : {"", "data: oops\n\n", "data: {\"choices\":[\n\n"}) {
    small_.when().times(1).then_header("content-type", kEvents).then_body(body);
    const std::string got = exchange(chat_stream("simple"));
    EXPECT_EQ(status_of(got), 200) << body;
    EXPECT_EQ(unchunked(body_of(got)), body) << "nothing is invented: " << body;
    const auto all = gateway_->entries(++count);
    ASSERT_EQ(all.size(), count);
    EXPECT_EQ(all.back().outcome, Outcome::kCut) << body;
    EXPECT_EQ(all.back().error, "the stream ended without [DONE] or a finish_reason") << body;
    EXPECT_FALSE(all.back().cost.has_value()) << body;
  }
}

const std::string kPage = "<html>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n";

// Its framing is whole, so that only the content tells.
TEST_F(CutTest, AStreamThatTurnsIntoAPageIsCut) {
  for (const bool hidden : {true, false}) {
    start_patient();
    small_.when()
        .then_header("content-type", kEvents)
        .then_stream({event("one")})
        .then_wait(std::chrono::milliseconds(20))
        .then_stream({kPage});
    const std::string got =
        exchange(chat_stream("simple", hidden ? "" : R"("stream_options":{"include_usage":true},)"));
    EXPECT_THAT(got, HasSubstr("one"));
    // Passed on as it comes, the page is on its way before its end shows what it is; event by event, it is never one.
    if (hidden) EXPECT_THAT(got, Not(HasSubstr("html")));
    EXPECT_FALSE(got.ends_with("0\r\n\r\n")) << got;
    EXPECT_EQ(got.find("data: {\"error\":") != std::string::npos, hidden) << "where we frame the stream: " << got;
    const ledger::Entry one = entry();
    EXPECT_EQ(one.outcome, Outcome::kCut);
    EXPECT_EQ(one.attempts.size(), 1U);
  }
}

TEST_F(CutTest, APageInPlaceOfAStreamIsAnError) {
  start_patient();
  std::size_t count = 0;
  for (const std::string& body : {kPage, std::string("oops"), event("one") + kPage}) {
    small_.when().times(1).then_header("content-type", kEvents).then_body(body);
    const std::string got = exchange(chat_stream("simple"));
    EXPECT_EQ(status_of(got), 502) << body;
    EXPECT_THAT(got, HasSubstr(R"("type":"upstream_error")"));
    const auto all = gateway_->entries(++count);
    ASSERT_EQ(all.size(), count);
    EXPECT_EQ(all.back().outcome, Outcome::kUpstreamError) << body;
    EXPECT_EQ(all.back().error, "parse: something that is no event took the stream's place") << body;
    EXPECT_FALSE(all.back().cost.has_value()) << body;
  }
}

TEST_F(CutTest, APageBehindTheLastWordIsNobodysConcern) {
  start_patient();
  small_.when().then_header("content-type", kEvents).then_stream({event("one"), kFinish, kDone, kPage});
  exchange(chat_stream("simple"));
  EXPECT_EQ(entry().outcome, Outcome::kOk);
}

TEST_F(CutTest, AnErrorEventIsPassedOnAndIsACut) {
  start_patient();
  const std::string error = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
  small_.when().then_header("content-type", kEvents).then_stream({event("one"), error});
  EXPECT_EQ(unchunked(body_of(exchange(chat_stream("simple")))), event("one") + error);
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

TEST_F(CutTest, AStreamThatJustEndsIsPassedOnWithoutAnInventedDone) {
  start_patient();
  small_.when().then_header("content-type", kEvents).then_stream({event("one")});
  EXPECT_EQ(unchunked(body_of(exchange(chat_stream("simple")))), event("one"));
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

TEST_F(CutTest, AnUpstreamThatStallsBehindDoneDoesNotHoldTheClient) {
  start_patient();
  small_.when().then_header("content-type", kEvents).then_stream({kFinish, kUsage, kDone}).then_hang();
  EXPECT_TRUE(exchange(chat_stream("simple")).ends_with("\r\n0\r\n\r\n"));
  std::string old = post(kChat, chat_stream("simple"));
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  const auto client = connect();
  ASSERT_TRUE(client->send(old));
  EXPECT_EQ(client->read_to_end(), RawClient::End::kClosed);
  EXPECT_EQ(body_of(client->received()), kFinish + kDone);
  for (const ledger::Entry& one : gateway_->entries(2)) {
    EXPECT_EQ(one.outcome, Outcome::kOk);
    EXPECT_EQ(one.cost, base::Money{30'000});
  }
}

// ---- clients that leave

struct Leaving {
  const char* name;
  std::string body;
  std::function<void(simulate::Script&)> script;
  const char* wait_for;  // what the client has seen when it leaves; empty: the upstream has the request
};

class LeavingTest : public GatewayTest, public ::testing::WithParamInterface<bool> {};

TEST_P(LeavingTest, TheUpstreamIsLeftTooAndOneEntrySaysSo) {
  const bool reset = GetParam();
  const auto minute = [](config::Config& config) {
    for (config::ProviderConfig& provider : config.providers) {
      provider.first_byte_timeout = provider.idle_timeout = std::chrono::minutes(1);
    }
  };
  start(minute);
  const std::string part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\":";
  const Leaving cases[] = {
      {"awaiting the head", chat("simple"), [](simulate::Script& s) { s.then_hang(); }, ""},
      {"awaiting the head of a stream", chat_stream("simple"), [](simulate::Script& s) { s.then_hang(); }, ""},
      {"awaiting the first byte", chat_stream("simple"),
       [](simulate::Script& s) {
         s.then_raw("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
             .then_hang();
       },
       ""},
      {"in the middle of a stream", chat_stream("simple"),
       [](simulate::Script& s) { s.then_header("content-type", kEvents).then_stream({event("one")}).then_hang(); },
       "one"},
      {"in the middle of a whole answer", chat("simple"), [&](simulate::Script& s) { s.then_raw(part).then_hang(); },
       "choices"},
  };
  std::size_t count = 0;
  for (const Leaving& one : cases) {
    one.script(small_.when().times(1));
    {
      const auto client = connect();
      ASSERT_TRUE(client->send(post(kChat, one.body)));
      if (*one.wait_for != '\0') ASSERT_TRUE(client->read_until(one.wait_for)) << one.name;
      ASSERT_TRUE(small_.server.wait_until([&](http::Server&) {
        return small_.provider.requests().size() == count + 1;
      })) << one.name;
      if (reset) client->reset();
    }
    EXPECT_TRUE(small_.wait_alone()) << "the upstream goes on: " << one.name;
    const auto all = gateway_->entries(++count);
    ASSERT_EQ(all.size(), count) << one.name;
    EXPECT_EQ(all.back().outcome, Outcome::kClientGone) << one.name;
    EXPECT_EQ(all.back().status, 499) << one.name;
    EXPECT_FALSE(all.back().cost.has_value()) << "what it cost is unknown, not nothing: " << one.name;
    EXPECT_EQ(all.back().attempts.size(), 1U) << one.name;
  }
  EXPECT_THAT(large_.provider.requests(), IsEmpty()) << "nobody is asked for one who has left";
  EXPECT_EQ(gateway_->entries(count).size(), count);
}

INSTANTIATE_TEST_SUITE_P(FinAndRst, LeavingTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Reset" : "Closed"; });

TEST_F(CutTest, ARequestThatNeverCameInWholeLeavesNoEntry) {
  start_patient();
  {
    const auto client = connect();
    const std::string request = post(kChat, chat("simple"));
    ASSERT_TRUE(client->send(request.substr(0, request.size() - 5)));
  }
  small_.when().then_body(whole_answer("x"));
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  EXPECT_EQ(gateway_->entries(1).size(), 1U);
}

}  // namespace
}  // namespace pointsman
