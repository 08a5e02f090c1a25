// Clients of one protocol, models of another: requests and answers cross over, and those that need not stay as they
// are.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using ::testing::ElementsAre;
using testing::event;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kUsage;
using ::testing::Not;
using testing::post;
using testing::status_of;
using testing::unchunked;
using testing::whole_answer;

constexpr std::string_view kMessages = "/v1/messages";
constexpr std::string_view kResponses = "/v1/responses";

std::string messages(std::string_view text, std::string_view more = {}) {
  return R"({"model":"auto","max_tokens":64,)" + std::string(more) + R"("messages":[{"role":"user","content":")" +
         std::string(text) + R"("}]})";
}
std::string responses(std::string_view text, std::string_view more = {}) {
  return R"({"model":"auto",)" + std::string(more) + R"("input":")" + std::string(text) + R"("})";
}

const std::string kMoreThanARead(1U << 20, 'x');
const std::string kMessage =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"hello"}],)"
    R"("stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":100,"output_tokens":50}})";

std::string named(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}
const std::string kStart =
    named("message_start", R"({"type":"message_start","message":{"id":"msg_1","type":"message",)"
                           R"("role":"assistant","model":"claude","content":[],"stop_reason":null,)"
                           R"("stop_sequence":null,"usage":{"input_tokens":100,"output_tokens":1}}})");
const std::string kBlock = named(
    "content_block_start", R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})");
const std::string kHello = named(
    "content_block_delta", R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}})");
const std::string kBlockEnd = named("content_block_stop", R"({"type":"content_block_stop","index":0})");
const std::string kStop =
    named("message_delta", R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
                           R"("usage":{"output_tokens":50}})");
const std::string kEnd = named("message_stop", R"({"type":"message_stop"})");

class ProtocolsTest : public GatewayTest {
 protected:
  // The model of the category "simple" speaks Anthropic's protocol, the others OpenAI's.
  void start_with_messages(const testing::TestGateway::Change& change = {}) {
    start([&](config::Config& config) {
      config.providers.front().kind = config::ProviderKind::kAnthropic;
      config.providers.front().headers.push_back({"anthropic-version", base::Secret("2023-06-01")});
      if (change) change(config);
    });
  }
  simulate::Script& when_messages() { return small_.provider.when(std::string(kMessages)); }
  simulate::SeenRequest asked() {
    const auto all = small_.provider.requests();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? simulate::SeenRequest{} : all.front();
  }
};

// ---- what stays in its protocol

TEST_F(ProtocolsTest, MessagesBetweenTheirOwnKindStayAsTheyAre) {
  start_with_messages();
  when_messages().then_header("content-type", "application/json").then_body(kMessage);
  const std::string body = messages("simple", R"("top_k":7,"odd":{"a":1e400},)");
  const std::string got =
      ask(post(kMessages, body, "anthropic-version: 2024-01-01\r\nanthropic-beta: new-1,new-2\r\n"));
  EXPECT_EQ(body_of(got), kMessage);
  const simulate::SeenRequest seen = asked();
  std::string sent = body;
  sent.replace(sent.find("auto"), 4, "sim-small");
  EXPECT_EQ(seen.body, sent);
  EXPECT_EQ(seen.header("anthropic-version"), "2024-01-01");
  EXPECT_EQ(seen.header("anthropic-beta"), "new-1,new-2");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.passage.client, "messages");
  EXPECT_EQ(one.passage.upstream, "");
  EXPECT_EQ(one.usage.input_tokens, 100);
  EXPECT_EQ(one.usage.output_tokens, 50);
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(ProtocolsTest, AStreamOfMessagesStaysAsItIs) {
  start_with_messages();
  const std::vector<std::string> events = {kStart, kBlock, kHello, kBlockEnd, kStop, kEnd};
  when_messages().then_header("content-type", kEvents).then_stream(events);
  std::string all;
  for (const std::string& one : events) all += one;
  EXPECT_EQ(unchunked(body_of(ask(post(kMessages, messages("simple", R"("stream":true,)"))))), all);
  EXPECT_EQ(asked().header("anthropic-version"), "2023-06-01") << "stated for a client that states none";
  const ledger::Entry one = entry();
  EXPECT_EQ(one.usage.input_tokens, 100);
  EXPECT_EQ(one.usage.output_tokens, 50);
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(ProtocolsTest, ResponsesGoAsTheyAreToAProviderThatHasThem) {
  start([](config::Config& config) { config.providers.front().responses = true; });
  const std::string answer = R"({"id":"resp_1","object":"response","status":"completed","model":"m","output":[],)"
                             R"("usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}})";
  small_.provider.when(std::string(kResponses)).then_header("content-type", "application/json").then_body(answer);
  EXPECT_EQ(body_of(ask(post(kResponses, responses("simple", R"("previous_response_id":"resp_0",)")))), answer);
  EXPECT_THAT(asked().body, HasSubstr(R"("previous_response_id":"resp_0")"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.usage.input_tokens, 3);
  EXPECT_EQ(one.usage.output_tokens, 4);
}

TEST_F(ProtocolsTest, EmbeddingsAndLegacyCompletionsPassThrough) {
  start();
  const std::string vector = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],)"
                             R"("model":"m","usage":{"prompt_tokens":5,"total_tokens":5}})";
  small_.provider.when("/v1/embeddings").then_header("content-type", "application/json").then_body(vector);
  EXPECT_EQ(body_of(ask(post("/v1/embeddings", R"({"model":"sim-small","input":"x"})"))), vector);
  const std::string text = R"({"id":"cmpl-1","object":"text_completion","choices":[{"text":"b","index":0,)"
                           R"("finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":1,)"
                           R"("completion_tokens":2,"total_tokens":3}})";
  small_.provider.when("/v1/completions").then_header("content-type", "application/json").then_body(text);
  EXPECT_EQ(body_of(ask(post("/v1/completions", R"({"model":"sim-small","prompt":"a"})"))), text);
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].passage.client, "embeddings");
  EXPECT_EQ(all[0].usage.input_tokens, 5);
  EXPECT_EQ(all[1].passage.client, "completions");
  EXPECT_EQ(all[1].usage.output_tokens, 2);
}

// ---- what crosses over

TEST_F(ProtocolsTest, AMessagesClientIsAnsweredByAChatModel) {
  start();
  small_.when().then_header("content-type", "application/json").then_body(whole_answer("hello"));
  const std::string got = ask(post(kMessages, messages("simple", R"("system":"be brief","temperature":0.5,)")));
  EXPECT_EQ(status_of(got), 200);
  EXPECT_EQ(field_of(got, "content-type"), "application/json");
  const std::string body(body_of(got));
  EXPECT_THAT(body, HasSubstr(R"("type":"message")"));
  EXPECT_THAT(body, HasSubstr(R"("text":"hello")"));
  EXPECT_THAT(body, HasSubstr(R"("stop_reason":"end_turn")"));
  EXPECT_THAT(body, HasSubstr(R"("input_tokens":100)"));
  const simulate::SeenRequest seen = asked();
  EXPECT_EQ(seen.path, testing::kChat);
  EXPECT_THAT(seen.body, HasSubstr(R"("model":"sim-small")"));
  EXPECT_THAT(seen.body, HasSubstr("be brief"));
  EXPECT_THAT(seen.body, HasSubstr(R"("temperature":0.5)"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.passage.client, "messages");
  EXPECT_EQ(one.passage.upstream, "chat_completions");
  EXPECT_THAT(one.passage.losses, IsEmpty());
  EXPECT_EQ(one.usage.output_tokens, 50);
  EXPECT_TRUE(one.cost.has_value());
}

TEST_F(ProtocolsTest, AStreamForAMessagesClientIsMadeOfAChatModels) {
  start();
  small_.when().then_header("content-type", kEvents).then_stream({event("hel"), event("lo"), kFinish, kUsage, kDone});
  const std::string got = ask(post(kMessages, messages("simple", R"("stream":true,)")));
  EXPECT_EQ(field_of(got, "content-type"), "text/event-stream");
  const std::string body = unchunked(body_of(got));
  EXPECT_TRUE(body.starts_with("event: message_start\n")) << body;
  EXPECT_THAT(body, HasSubstr(R"("text":"hel")"));
  EXPECT_THAT(body, HasSubstr(R"("text":"lo")"));
  EXPECT_THAT(body, HasSubstr(R"("output_tokens":50)"));
  EXPECT_THAT(body, HasSubstr("event: message_stop\n"));
  EXPECT_THAT(body, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(entry().outcome, Outcome::kOk);
}

TEST_F(ProtocolsTest, AnEventThatBreaksOffEndsATranslatedStreamInAnError) {
  start();
  const std::string tail = "data: {\"choices\":[{\"delta\"\n\n" + kFinish + kUsage + kDone;
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("hel")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({tail});
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kMessages, messages("simple", R"("stream":true,)"), "connection: close\r\n")));
  ASSERT_TRUE(client->read_until("hel"));
  go_ = true;
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  EXPECT_THAT(client->received(), HasSubstr("event: error\n"));
  EXPECT_THAT(client->received(), Not(HasSubstr("message_stop")));
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

TEST_F(ProtocolsTest, WhatIsNoJsonAtAllIsPassedOverAndNoted) {
  start();
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("hel"), "data: keep-alive\n\n", event("lo"), kFinish, kUsage, kDone});
  const std::string body = unchunked(body_of(ask(post(kMessages, messages("simple", R"("stream":true,)")))));
  EXPECT_THAT(body, HasSubstr("event: message_stop\n"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_THAT(one.passage.losses, ::testing::Contains(HasSubstr("no JSON")));
}

TEST_F(ProtocolsTest, AChatClientIsAnsweredByAMessagesModel) {
  start_with_messages();
  when_messages().then_header("content-type", "application/json").then_body(kMessage);
  const std::string body(body_of(ask_chat(chat("simple"))));
  EXPECT_THAT(body, HasSubstr(R"("object":"chat.completion")"));
  EXPECT_THAT(body, HasSubstr(R"("content":"hello")"));
  EXPECT_THAT(body, HasSubstr(R"("finish_reason":"stop")"));
  EXPECT_THAT(body, HasSubstr(R"("prompt_tokens":100)"));
  EXPECT_THAT(asked().body, HasSubstr(R"("max_tokens":)")) << "which that protocol demands";
  EXPECT_EQ(entry().passage.upstream, "messages");
}

TEST_F(ProtocolsTest, AStreamForAChatClientIsMadeOfMessages) {
  start_with_messages();
  when_messages().then_header("content-type", kEvents).then_stream({kStart, kBlock, kHello, kBlockEnd, kStop, kEnd});
  const std::string body = unchunked(body_of(ask_chat(chat_stream("simple"))));
  EXPECT_THAT(body, HasSubstr(R"("content":"hello")"));
  EXPECT_THAT(body, HasSubstr(R"("finish_reason":"stop")"));
  EXPECT_TRUE(body.ends_with(kDone)) << body;
  EXPECT_THAT(body, Not(HasSubstr("prompt_tokens"))) << "a report that the client did not ask for";
  const ledger::Entry one = entry();
  EXPECT_EQ(one.usage.input_tokens, 100);
  EXPECT_EQ(one.usage.output_tokens, 50);
}

TEST_F(ProtocolsTest, AResponsesClientIsAnsweredByEither) {
  start_with_messages();
  when_messages().then_header("content-type", "application/json").then_body(kMessage);
  const std::string whole(body_of(ask(post(kResponses, responses("simple")))));
  EXPECT_THAT(whole, HasSubstr(R"("object":"response")"));
  EXPECT_THAT(whole, HasSubstr(R"("text":"hello")"));
  large_.when().then_header("content-type", kEvents).then_stream({event("hello"), kFinish, kUsage, kDone});
  const std::string stream = unchunked(body_of(ask(post(kResponses, responses("reasoning", R"("stream":true,)")))));
  EXPECT_TRUE(stream.starts_with("event: response.created\n")) << stream;
  EXPECT_THAT(stream, HasSubstr("event: response.output_text.delta\n"));
  EXPECT_THAT(stream, HasSubstr("event: response.completed\n"));
  EXPECT_EQ(gateway_->entries(2).size(), 2U);
}

TEST_F(ProtocolsTest, TheFieldsOfAnAnswerThatComesInPiecesAreStillItsOwn) {
  start_with_messages();
  std::string message = kMessage;
  message.replace(message.find("hello"), 5, kMoreThanARead);
  when_messages().then_header("content-type", "application/json").then_header("request-id", "req_1").then_body(message);
  const std::string got = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(got), 200);
  EXPECT_EQ(field_of(got, "request-id"), "req_1");
  EXPECT_EQ(field_of(got, "content-type"), "application/json");
}

TEST_F(ProtocolsTest, WhatIsNoAnswerCannotBeTranslatedAndIsAnError) {
  start_with_messages();
  when_messages().then_header("content-type", "application/json").then_body("oops");
  const std::string got = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(got), 502);
  EXPECT_THAT(got, HasSubstr(R"("type":"upstream_error")"));
  EXPECT_EQ(entry().outcome, Outcome::kUpstreamError);
}

// ---- errors

TEST_F(ProtocolsTest, AProvidersErrorIsToldInTheClientsProtocol) {
  start_with_messages();
  const std::string error =
      R"({"type":"error","error":{"type":"invalid_request_error","message":"too many tools"},"request_id":"r"})";
  when_messages().then_status(400).then_header("content-type", "application/json").then_body(error);
  const std::string got = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(got), 400);
  EXPECT_THAT(body_of(got), HasSubstr(R"({"error":{"message":"too many tools","type":"invalid_request_error")"));
  small_.when().times(1);
  large_.when()
      .then_status(422)
      .then_header("content-type", "application/json")
      .then_body(R"({"error":{"message":"no such tool","type":"invalid_request_error","param":null,"code":null}})");
  const std::string other = ask(post(kMessages, messages("reasoning")));
  EXPECT_EQ(status_of(other), 422);
  EXPECT_THAT(body_of(other), HasSubstr(R"("type":"error")"));
  EXPECT_THAT(body_of(other), HasSubstr("no such tool"));
}

TEST_F(ProtocolsTest, OurOwnErrorsAreToldInTheClientsProtocol) {
  start();
  const std::string bad = ask(post(kMessages, R"({"model":"auto","messages":[]})"));
  EXPECT_EQ(status_of(bad), 400);
  EXPECT_THAT(body_of(bad), HasSubstr(R"({"type":"error","error":{"type":"invalid_request_error")"));
  const std::string nowhere = ask(post("/v1/messages/batches", "{}"));
  EXPECT_EQ(status_of(nowhere), 404);
  EXPECT_THAT(body_of(nowhere), HasSubstr(R"("type":"not_found_error")"));
  EXPECT_THAT(body_of(ask(post(kResponses, "{"))), HasSubstr(R"({"error":{"message":)"));
}

TEST_F(ProtocolsTest, WhatIsRefusedUnreadIsToldInTheProtocolOfItsPath) {
  start();
  const std::string packed = ask(post(kMessages, messages("simple"), "content-encoding: gzip\r\n"));
  EXPECT_EQ(status_of(packed), 415);
  EXPECT_THAT(body_of(packed), HasSubstr(R"({"type":"error","error":{"type":)"));
  EXPECT_THAT(ask("POST /v1/messages?beta=true HTTP/1.1\r\nhost: a\r\nno field\r\n\r\n"),
              HasSubstr(R"({"type":"error","error":{"type":)"));
  EXPECT_THAT(body_of(ask(post(testing::kChat, chat("simple"), "content-encoding: gzip\r\n"))),
              HasSubstr(R"({"error":{"message":)"));
  EXPECT_THAT(ask("POST\r\n\r\n"), HasSubstr(R"({"error":{"message":)"));
}

TEST_F(ProtocolsTest, AStreamThatBreaksOffSaysSoInTheClientsProtocol) {
  start_with_messages();
  when_messages().then_header("content-type", kEvents).then_stream({kStart, kBlock, kHello}).then_reset();
  const auto client = connect();
  ASSERT_TRUE(client->send(post(testing::kChat, chat_stream("simple"))));
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  EXPECT_THAT(client->received(), HasSubstr(R"(data: {"error":{"message":)"));
  EXPECT_THAT(client->received(), Not(HasSubstr("[DONE]")));
  EXPECT_FALSE(client->received().ends_with("0\r\n\r\n"));
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

TEST_F(ProtocolsTest, AnErrorInTheMiddleOfAStreamIsToldInTheClientsProtocol) {
  start();
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("hel"), "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n"});
  const std::string body = unchunked(body_of(ask(post(kMessages, messages("simple", R"("stream":true,)")))));
  EXPECT_THAT(body, HasSubstr("event: error\ndata: {\"type\":\"error\""));
  EXPECT_THAT(body, HasSubstr("overloaded"));
  EXPECT_THAT(body, Not(HasSubstr("message_stop")));
  EXPECT_EQ(entry().outcome, Outcome::kCut);
}

// ---- what cannot be carried over

TEST_F(ProtocolsTest, WhatIsLostIsSaid) {
  start_with_messages();
  when_messages().then_header("content-type", "application/json").then_body(kMessage);
  const std::string got = ask_chat(chat("simple", "auto", R"("seed":7,"logit_bias":{"1":2},)"));
  EXPECT_EQ(status_of(got), 200);
  EXPECT_THAT(field_of(got, "x-pointsman-lost"), HasSubstr("seed"));
  EXPECT_THAT(field_of(got, "x-pointsman-lost"), HasSubstr("logit_bias"));
  EXPECT_THAT(entry().passage.losses, ::testing::Contains("seed"));
}

TEST_F(ProtocolsTest, AnEventThatIsTooLongToBeReadIsLost) {
  start();
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("a"), event(std::string(9U << 20, 'x')), kFinish, kUsage, kDone});
  EXPECT_THAT(ask(post(kMessages, messages("simple", R"("stream":true,)"))), HasSubstr("message_stop"));
  EXPECT_THAT(entry().passage.losses, ::testing::Contains("an event that is too long"));
}

TEST_F(ProtocolsTest, WhatMustNotBeLostGoesToAModelThatTakesIt) {
  start_with_messages([](config::Config& config) { config.router.on_unsupported = config::OnUnsupported::kReject; });
  large_.when().then_header("content-type", "application/json").then_body(whole_answer("hello"));
  const std::string got = ask_chat(chat("simple", "auto", R"("logit_bias":{"1":2},)"));
  EXPECT_EQ(status_of(got), 200);
  EXPECT_EQ(field_of(got, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(got, "x-pointsman-lost"), "");
  EXPECT_THAT(small_.provider.requests(), IsEmpty());
  EXPECT_EQ(ask_chat(chat("simple", "sim-small", R"("logit_bias":{"1":2},)")).substr(9, 3), "400")
      << "the model that was named";
}

// ---- clients that leave

TEST_F(ProtocolsTest, TheRestOfAnAnswerIsReadForItsUsageWhereThatIsWanted) {
  start([](config::Config& config) { config.providers.front().on_disconnect = config::OnDisconnect::kDrain; });
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("one")})
      .then_wait_until([this] { return go_.load(); })
      // Its first part finds nobody to give it to, and the rest is still to be read.
      .then_stream({event(kMoreThanARead), kFinish, kUsage, kDone});
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(post(testing::kChat, chat_stream("simple"))));
    ASSERT_TRUE(client->read_until("one"));
    client->reset();
  }
  go_ = true;
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientGone);
  EXPECT_EQ(one.usage.output_tokens, 50);
  EXPECT_TRUE(one.cost.has_value());
  EXPECT_TRUE(one.passage.drained);
  EXPECT_GT(one.passage.drained_bytes, 100U);
  EXPECT_GT(one.response_bytes, 0U);
}

TEST_F(ProtocolsTest, AStopEndsAlsoWhatIsOnlyReadForItsUsage) {
  start([](config::Config& config) {
    config.providers.front().on_disconnect = config::OnDisconnect::kDrain;
    config.providers.front().idle_timeout = std::chrono::seconds(60);
    config.limits.drain_timeout = std::chrono::milliseconds(500);
  });
  small_.when().then_header("content-type", kEvents).then_stream({event("one")}).then_hang();
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(post(testing::kChat, chat_stream("simple"))));
    ASSERT_TRUE(client->read_until("one"));
    client->reset();
  }
  const std::atomic<bool> no_hurry{false};
  gateway_->runtime().stop(no_hurry);
  const auto all = gateway_->committed();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome, Outcome::kClientGone);
  EXPECT_FALSE(all[0].cost.has_value());
}

// ---- fields of the providers' own

TEST_F(ProtocolsTest, AFieldThatTheConfigurationSetsIsSentAsItSays) {
  start([](config::Config& config) {
    config::ProviderConfig& provider = config.providers.front();
    provider.headers.push_back({"anthropic-version", base::Secret("2023-06-01")});
    provider.auth_header = "x-own-key";
    provider.api_key = base::Secret("ours");
  });
  small_.when().then_body(whole_answer("hello"));
  EXPECT_EQ(status_of(ask_chat(chat("simple"), "X-Own-Key: theirs\r\n")), 200);
  const simulate::SeenRequest seen = asked();
  EXPECT_EQ(seen.header("anthropic-version"), "2023-06-01");
  std::vector<std::string> keys;
  for (const auto& [name, value] : seen.headers) {
    if (http::equal_ignoring_case(name, "x-own-key")) keys.push_back(value);
  }
  EXPECT_THAT(keys, ElementsAre("ours"));
}

// ---- the rest

TEST_F(ProtocolsTest, ABodyAsLongAsTheLimitsAllowCrossesOver) {
  start([](config::Config& config) { config.limits.max_body = 30 << 20; });
  small_.when().then_header("content-type", "application/json").then_body(whole_answer("hello"));
  const std::string got = ask(post(kMessages, messages("simple", std::string(21U << 20, ' '))));
  EXPECT_EQ(status_of(got), 200) << body_of(got);
}

TEST_F(ProtocolsTest, TokensAreCountedWithoutAskingAnyone) {
  start();
  const std::string got = ask(
      post("/v1/messages/count_tokens", R"({"model":"auto","messages":[{"role":"user","content":"hello there"}]})"));
  EXPECT_EQ(status_of(got), 200);
  EXPECT_THAT(body_of(got), HasSubstr(R"({"input_tokens":)"));
  EXPECT_EQ(field_of(got, "x-pointsman-estimate"), "true");
  EXPECT_THAT(small_.provider.requests(), IsEmpty());
}

TEST_F(ProtocolsTest, ModelsAreListedAsEachClientKnowsThem) {
  start();
  const std::string get = "GET /v1/models HTTP/1.1\r\nhost: x\r\n";
  EXPECT_THAT(body_of(ask(get + "\r\n")), HasSubstr(R"({"object":"list","data":[{"id":"auto")"));
  const std::string body(body_of(ask(get + "anthropic-version: 2023-06-01\r\n\r\n")));
  EXPECT_THAT(body, HasSubstr(R"({"data":[{"type":"model","id":"auto","display_name":"auto")"));
  EXPECT_THAT(body, HasSubstr(R"("has_more":false,"first_id":"auto")"));
}

TEST_F(ProtocolsTest, AnAnswerOfMessagesIsJudgedAsWell) {
  start_with_messages([](config::Config& config) {
    config.categories.front().strategy = route::Strategy::kEscalate;
    config.categories.front().models = {"sim-small", "sim-large"};
  });
  std::string cut = kMessage;
  cut.replace(cut.find("end_turn"), 8, "max_tokens");
  when_messages().then_header("content-type", "application/json").then_body(cut);
  large_.when().then_header("content-type", "application/json").then_body(whole_answer("better"));
  const std::string got = ask_chat(chat("simple"));
  EXPECT_THAT(body_of(got), HasSubstr("better"));
  const ledger::Entry one = entry();
  ASSERT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.attempts[0].judged.worth, "cut_short");
  EXPECT_TRUE(one.attempts[0].judged.discarded);
}

}  // namespace
}  // namespace pointsman
