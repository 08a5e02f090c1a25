// What goes through the gateway, byte for byte, in both directions; and what its ledger says about it.
#include <gmock/gmock.h>

#include "http/write.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using namespace std::chrono_literals;
using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using ::testing::ElementsAre;
using testing::event;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kUsage;
using ::testing::Not;
using testing::post;
using testing::status_of;
using testing::unchunked;
using testing::whole_answer;

using PassingTest = GatewayTest;

TEST_F(PassingTest, AWholeAnswerIsTheUpstreamsByteForByteAndOneEntrySaysWhatItCost) {
  start();
  const std::string text =
      " {\"usage\" : {\"prompt_tokens\":100,\"completion_tokens\":50},\n\"new\":[1e999],"
      "\"choices\":[{\"finish_reason\":\"stop\"}] }";
  small_.when().then_header("x-ratelimit-remaining-requests", "7").then_header("set-cookie", "a=b").then_body(text);
  const std::string answer = ask_chat(chat("a simple one"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), text);
  EXPECT_EQ(field_of(answer, "x-ratelimit-remaining-requests"), "7");
  EXPECT_EQ(field_of(answer, "set-cookie"), "");
  EXPECT_EQ(field_of(answer, "x-pointsman-category"), "simple");
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(answer, "x-pointsman-stage"), "local");
  EXPECT_EQ(field_of(answer, "x-pointsman-confidence"), "0.9000");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "none");
  EXPECT_EQ(field_of(answer, "x-pointsman-cost-usd"), "0.00003");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.id.to_string(), field_of(answer, "x-pointsman-decision-id"));
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.category, "simple");
  EXPECT_EQ(one.model, "sim-small");
  EXPECT_EQ(one.provider, "sim-small");
  EXPECT_EQ(one.usage.input_tokens, 100);
  EXPECT_EQ(one.usage.output_tokens, 50);
  EXPECT_EQ(one.cost, base::Money{30'000});
  EXPECT_EQ(one.baseline_cost, base::Money{100 * 5'000 + 50 * 25'000});
  EXPECT_EQ(one.response_bytes, text.size());
  EXPECT_EQ(one.request_bytes, chat("a simple one").size());
  EXPECT_THAT(one.candidates, ElementsAre("sim-small", "sim-large", "sim-tools"));
  ASSERT_EQ(one.attempts.size(), 1U);
  EXPECT_EQ(one.attempts[0].status, 200);
  EXPECT_EQ(one.policy_version, gateway_->runtime().snapshot().policy_version);
  EXPECT_EQ(one.classifier_version, "words-1");
  EXPECT_LE(one.overhead, one.total);
  EXPECT_LE(one.first_byte, one.total);
  EXPECT_TRUE(one.text.empty()) << "prompts are kept only where the configuration says so";
}

TEST_F(PassingTest, TheUpstreamGetsTheRequestAsItWasButForTheModelsName) {
  start([](config::Config& config) {
    config.models[0].upstream = "vendor/small-1";
    config.providers[0].api_key = base::Secret("sk-ours");
  });
  small_.when().then_body(whole_answer("x"));
  const std::string body =
      "{ \"zeta\":{\"b\":1,\"a\":[1.50,1e400]}, \"messages\":[{\"content\":\"simple \\u00e9\","
      "\"role\":\"user\",\"x\":null}] ,\"model\" : \"auto\", \"alpha\":\"\\/\"  }";
  EXPECT_EQ(status_of(ask_chat(body,
                               "authorization: Bearer sk-client\r\ncookie: a=b\r\nx-pointsman-note: 1\r\n"
                               "openai-organization: org-1\r\nconnection: x-hop\r\nx-hop: 1\r\n")),
            200);
  const auto seen = small_.provider.requests();
  ASSERT_EQ(seen.size(), 1U);
  std::string wanted = body;
  wanted.replace(wanted.find("\"auto\""), 6, "\"vendor/small-1\"");
  EXPECT_EQ(seen[0].body, wanted);
  EXPECT_EQ(seen[0].header("authorization"), "Bearer sk-ours");
  EXPECT_EQ(seen[0].header("openai-organization"), "org-1");
  for (const char* name : {"cookie", "x-pointsman-note", "x-hop"}) EXPECT_EQ(seen[0].header(name), "") << name;
}

TEST_F(PassingTest, AStreamWhoseClientAskedForUsageIsUntouched) {
  start();
  const std::vector<std::string> events = {event("one"), event("two"), kFinish, kUsage, kDone};
  small_.when().then_header("content-type", kEvents).then_stream(events);
  const std::string body = chat_stream("simple", R"("stream_options":{"include_usage":true},)");
  const std::string answer = ask_chat(body);
  EXPECT_EQ(unchunked(body_of(answer)), event("one") + event("two") + kFinish + kUsage + kDone);
  EXPECT_EQ(field_of(answer, "content-type"), kEvents);
  std::string sent = body;
  sent.replace(sent.find("auto"), 4, "sim-small");
  EXPECT_EQ(small_.provider.requests().at(0).body, sent);
  EXPECT_EQ(entry().cost, base::Money{30'000});
}

TEST_F(PassingTest, UsageThatOnlyWeAskedForIsHiddenAndBilled) {
  start();
  small_.when().then_header("content-type", kEvents).then_stream({event("one"), kFinish, kUsage, kDone});
  const std::string answer = ask_chat(chat_stream("simple"));
  EXPECT_EQ(unchunked(body_of(answer)), event("one") + kFinish + kDone);
  EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n"));
  EXPECT_THAT(small_.provider.requests().at(0).body, HasSubstr(R"("stream_options":{"include_usage":true})"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_TRUE(one.stream);
  EXPECT_EQ(one.cost, base::Money{30'000});
}

// All bytes of an answer at once, its chunks cut anywhere: what the client sees does not depend on it.
TEST_F(PassingTest, AStreamIsTheSameHoweverItsChunksAreCut) {
  start();
  const std::string text = event("one") + event("two") + kFinish + kUsage + kDone;
  const std::string shown = event("one") + event("two") + kFinish + kDone;
  for (const std::size_t size : {1U, 2U, 7U, 33U, 100U, 1000U}) {
    std::string raw = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < text.size(); at += size) {
      const std::string part = text.substr(at, size);
      raw += std::string(http::ChunkHeader(part.size()).text()) + part + "\r\n";
    }
    raw += "0\r\n\r\n";
    small_.when().times(2).then_raw(raw);
    const std::string answer = ask_chat(chat_stream("simple"));
    EXPECT_EQ(unchunked(body_of(answer)), shown) << size;
    EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n")) << size;
    const auto old = connect();
    std::string request = post(kChat, chat_stream("simple"));
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    ASSERT_TRUE(old->send(request));
    EXPECT_EQ(old->read_to_end(), testing::RawClient::End::kClosed) << size;
    EXPECT_EQ(body_of(old->received()), shown) << size;
    EXPECT_THAT(old->received(), Not(HasSubstr("transfer-encoding")));
  }
  for (const ledger::Entry& one : gateway_->entries(12)) EXPECT_EQ(one.outcome, Outcome::kOk) << one.error;
}

TEST_F(PassingTest, AnOldClientGetsAWholeAnswerWithItsLength) {
  start();
  small_.when().then_body(whole_answer("hi"));
  std::string request = post(kChat, chat("simple"));
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  const auto client = connect();
  ASSERT_TRUE(client->send(request));
  EXPECT_EQ(client->read_to_end(), testing::RawClient::End::kClosed);
  EXPECT_EQ(body_of(client->received()), whole_answer("hi"));
  EXPECT_EQ(field_of(client->received(), "content-length"), std::to_string(whole_answer("hi").size()));
}

TEST_F(PassingTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  small_.when(simulate::body_contains("first")).then_wait(30ms).then_body(whole_answer("1"));
  small_.when(simulate::body_contains("second")).then_body(whole_answer("2"));
  small_.when(simulate::body_contains("third")).then_header("content-type", kEvents).then_stream({kFinish, kDone});
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("simple first")) + post(kChat, chat("simple second")) +
                           post(kChat, chat_stream("simple third"))));
  EXPECT_EQ(body_of(client->read_answer()), whole_answer("1"));
  EXPECT_EQ(body_of(client->read_answer()), whole_answer("2"));
  EXPECT_EQ(unchunked(body_of(client->read_answer())), kFinish + kDone);
  EXPECT_EQ(gateway_->entries(3).size(), 3U);
}

TEST_F(PassingTest, AnAnswerInOnePieceToARequestForAStreamIsMeteredAsWhatItIs) {
  start();
  small_.when().then_header("content-type", "application/json").then_body(whole_answer("all at once"));
  EXPECT_EQ(body_of(ask_chat(chat_stream("simple"))), whole_answer("all at once"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_EQ(one.cost, base::Money{30'000});
}

TEST_F(PassingTest, AnAnswerEndedByClosingIsPassedOnWithFramingOfItsOwn) {
  start();
  const std::string head = "HTTP/1.0 200 OK\r\ncontent-type: ";
  small_.when(simulate::body_contains("stream")).then_raw(head + kEvents + "\r\n\r\n" + event("x") + kFinish + kDone);
  small_.when().then_raw(head + "application/json\r\n\r\n" + whole_answer("x"));
  const std::string stream = ask_chat(chat_stream("simple"));
  EXPECT_EQ(unchunked(body_of(stream)), event("x") + kFinish + kDone);
  EXPECT_TRUE(stream.ends_with("\r\n0\r\n\r\n"));
  const std::string whole = ask_chat(chat("simple"));
  EXPECT_EQ(unchunked(body_of(whole)), whole_answer("x"));
  EXPECT_TRUE(whole.ends_with("\r\n0\r\n\r\n"));
  const auto all = gateway_->entries(2);
  for (const ledger::Entry& one : all) EXPECT_EQ(one.outcome, Outcome::kOk) << one.error;
}

TEST_F(PassingTest, UsageNobodyReportedLeavesTheCostUnknown) {
  start();
  small_.when().then_body(R"({"choices":[{"finish_reason":"stop"}]})");
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-cost-usd"), "");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_FALSE(one.cost.has_value());
  EXPECT_FALSE(one.usage.known());
}

TEST_F(PassingTest, ALargeBodyGoesThroughBothWays) {
  start([](config::Config& config) {
    for (config::ModelConfig& model : config.models) model.context_window = 10'000'000;
  });
  const std::string long_text(3'000'000, 'x');
  small_.when().then_body(whole_answer(long_text));
  const std::string answer = ask_chat(chat("simple " + long_text, "sim-small"));
  EXPECT_TRUE(body_of(answer) == whole_answer(long_text));
  EXPECT_EQ(small_.provider.requests().at(0).body.size(), chat("simple " + long_text, "sim-small").size());
  EXPECT_EQ(entry().cost, base::Money{30'000});
}

TEST_F(PassingTest, AnEmptyAnswerIsPassedOn) {
  start();
  small_.when().then_status(204).then_raw("HTTP/1.1 204 No Content\r\n\r\n");
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("simple"), "connection: close\r\n")));
  EXPECT_EQ(client->read_to_end(), testing::RawClient::End::kClosed);
  EXPECT_TRUE(client->received().starts_with("HTTP/1.1 204")) << client->received();
  EXPECT_THAT(client->received(), Not(HasSubstr("content-length")));
  EXPECT_EQ(entry().status, 204);
  EXPECT_EQ(entry().outcome, Outcome::kCut) << "there is no answer in it";
}

}  // namespace
}  // namespace pointsman
