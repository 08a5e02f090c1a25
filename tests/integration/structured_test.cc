// Answers that have to be JSON: told on while they grow, and given up when they can no longer become what they must be.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::event;
using testing::field_of;
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
using testing::status_of;
using testing::unchunked;

const std::string kFormat =
    R"("response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object",)"
    R"("properties":{"n":{"type":"integer","maximum":9},"t":{"type":"string"}},"required":["n"],)"
    R"("additionalProperties":false}}},)";
constexpr std::string_view kWanted = "x-pointsman-partial: events\r\n";

// A chunk whose content is this JSON text, quotes escaped.
std::string piece(std::string_view json) {
  std::string escaped;
  for (const char c : json) escaped += c == '"' ? "\\\"" : std::string(1, c);
  return event(escaped);
}
std::string whole(std::string_view json) {
  std::string escaped;
  for (const char c : json) escaped += c == '"' ? "\\\"" : std::string(1, c);
  return testing::whole_answer(escaped);
}

class StructuredTest : public GatewayTest {
 protected:
  static void be_patient(config::Config& config) {
    for (config::ProviderConfig& one : config.providers) one.idle_timeout = std::chrono::seconds(20);
  }
  void start_with(config::OnInvalid on_invalid, const testing::TestGateway::Change& change = {}) {
    start([&](config::Config& config) {
      if (change) change(config);
      config.router.structured.on_invalid = on_invalid;
      const llm::CapabilitySet able{llm::Capability::kJsonMode, llm::Capability::kJsonSchema, llm::Capability::kTools};
      for (config::ModelConfig& model : config.models) model.capabilities = able;
    });
  }
  void stream(testing::ScriptedUpstream& from, const std::vector<std::string>& pieces) {
    std::vector<std::string> events;
    for (const std::string& one : pieces) events.push_back(piece(one));
    events.insert(events.end(), {kFinish, kUsage, kDone});
    from.when().then_header("content-type", kEvents).then_stream(events);
  }
  std::string ask_stream(std::string_view text, std::string_view fields = {}) {
    const auto client = connect();
    EXPECT_TRUE(client->send(post(kChat, chat_stream(text, kFormat), std::string(fields) + "connection: close\r\n")));
    EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
    return client->received();
  }
};

TEST_F(StructuredTest, PatchEventsComeBetweenTheClientsOwnWhichStayAsTheyAre) {
  start_with(config::OnInvalid::kPass);
  stream(small_, {R"({"n":)", R"(7,"t":"a)", R"(b"})"});
  const std::string got = ask_stream("simple", kWanted);
  EXPECT_EQ(field_of(got, "x-pointsman-partial"), "events");
  const std::string body = unchunked(body_of(got));
  for (const std::string& own : {piece(R"({"n":)"), piece(R"(7,"t":"a)"), piece(R"(b"})"), kFinish, kDone}) {
    EXPECT_THAT(body, HasSubstr(own));
  }
  EXPECT_THAT(body, HasSubstr(R"("pointsman_partial":{"open":0,"choice":0}})"));
  EXPECT_THAT(body, HasSubstr(R"({"end":0,"verdict":"complete","schema":{"verdict":"valid"}})"));
  EXPECT_TRUE(body.ends_with(kDone)) << body;
  EXPECT_THAT(body, Not(HasSubstr("prompt_tokens"))) << "the report that the client did not ask for";
  const ledger::Entry one = entry();
  EXPECT_EQ(one.passage.json, "valid");
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(StructuredTest, NobodyLooksWhereNobodyWantsToKnow) {
  start_with(config::OnInvalid::kPass);
  stream(small_, {"Sure! Here it is"});
  const std::string body = unchunked(body_of(ask_stream("simple")));
  EXPECT_THAT(body, Not(HasSubstr("pointsman")));
  EXPECT_EQ(entry().passage.json, "");
}

TEST_F(StructuredTest, PatchEventsAreOnlyPromisedWhereSomethingIsWatched) {
  start_with(config::OnInvalid::kPass);
  stream(small_, {"Sure! Here it is"});
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("simple"), std::string(kWanted) + "connection: close\r\n")));
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  EXPECT_EQ(status_of(client->received()), 200);
  EXPECT_THAT(client->received(), Not(HasSubstr("x-pointsman-partial")));
  EXPECT_THAT(client->received(), Not(HasSubstr("pointsman_partial")));
}

TEST_F(StructuredTest, AskingTheStrongestInsteadIsNoRetry) {
  start_with(config::OnInvalid::kRetryStronger, [](config::Config& config) { config.router.retries.budget = 0; });
  small_.when().then_header("content-type", "application/json").then_body(whole("[]"));
  large_.when().then_header("content-type", "application/json").then_body(whole(R"({"n":7})"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(ask_chat(chat("simple", "auto", kFormat))), whole(R"({"n":7})"));
  EXPECT_EQ(small_.provider.requests().size(), 20U);
}

TEST_F(StructuredTest, WhatIsWrongIsToldButPassedOnUnlessMoreIsWanted) {
  start_with(config::OnInvalid::kPass);
  stream(small_, {R"({"n":1)", R"(2})"});
  const std::string body = unchunked(body_of(ask_stream("simple", kWanted)));
  EXPECT_THAT(body, HasSubstr(R"("instance":"/n","keyword":"maximum")"));
  EXPECT_TRUE(body.ends_with(kDone));
  EXPECT_EQ(entry().passage.json, "invalid: /n maximum");
  EXPECT_EQ(entry().outcome, Outcome::kOk);
}

TEST_F(StructuredTest, AnAnswerThatCannotBecomeValidIsStoppedAtOnce) {
  start_with(config::OnInvalid::kAbort, be_patient);
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({piece(R"({"n":)")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({piece(R"("seven")")})
      .then_hang();
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("simple", kFormat), "connection: close\r\n")));
  ASSERT_TRUE(client->read_until(piece(R"({"n":)")));
  go_ = true;
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  const std::string& got = client->received();
  EXPECT_THAT(got, HasSubstr(R"(data: {"error":{"message":"the model's structured output is invalid: /n type")"));
  EXPECT_THAT(got, Not(HasSubstr("[DONE]")));
  EXPECT_TRUE(small_.wait_alone()) << "the upstream goes on";
  const ledger::Entry one = entry();
  EXPECT_EQ(one.passage.json, "invalid: /n type");
  EXPECT_EQ(one.attempts[0].error, "broken_json");
  EXPECT_EQ(one.outcome, Outcome::kUpstreamError);
}

TEST_F(StructuredTest, AnAnswerThatBeginsWronglyIsNeverSeenAndTheStrongestModelAnswers) {
  start_with(config::OnInvalid::kRetryStronger);
  small_.when().then_header("content-type", kEvents).then_stream({piece("Sure! "), piece("Here")}).then_hang();
  stream(large_, {R"({"n":7})"});
  const std::string got = ask_stream("simple");
  EXPECT_EQ(status_of(got), 200);
  EXPECT_THAT(got, Not(HasSubstr("Sure")));
  EXPECT_THAT(unchunked(body_of(got)), HasSubstr(piece(R"({"n":7})")));
  EXPECT_EQ(field_of(got, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(got, "x-pointsman-fallback"), "escalated");
  EXPECT_TRUE(small_.wait_alone());
  const ledger::Entry one = entry();
  ASSERT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.attempts[0].error, "broken_json");
  EXPECT_TRUE(one.attempts[0].judged.discarded);
  EXPECT_EQ(one.passage.json, "valid");
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(StructuredTest, AWholeAnswerIsJudgedBeforeItIsReleased) {
  start_with(config::OnInvalid::kRetryStronger);
  small_.when().then_header("content-type", "application/json").then_body(whole(R"({"t":"no n"})"));
  large_.when().then_header("content-type", "application/json").then_body(whole(R"({"n":7})"));
  const std::string got = ask_chat(chat("simple", "auto", kFormat));
  EXPECT_EQ(body_of(got), whole(R"({"n":7})"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.model, "sim-large");
  EXPECT_EQ(one.passage.json, "valid");
}

const std::string kMessagesFormat =
    R"({"model":"auto","max_tokens":64,"stream":true,"output_config":{"format":{"type":"json_schema","schema":)"
    R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}},)"
    R"("messages":[{"role":"user","content":"simple"}]})";

TEST_F(StructuredTest, ATranslatedStreamThatEndsInTheReadThatMakesItWrongEndsInAnError) {
  start_with(config::OnInvalid::kAbort);
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({piece(R"({"n":)")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({piece(R"("text"})") + kFinish + kUsage + kDone});
  const auto client = connect();
  ASSERT_TRUE(client->send(post("/v1/messages", kMessagesFormat, "connection: close\r\n")));
  ASSERT_TRUE(client->read_until("text_delta"));
  go_ = true;
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  EXPECT_THAT(client->received(), HasSubstr("event: error\n"));
  EXPECT_THAT(client->received(), Not(HasSubstr("message_stop")));
  EXPECT_EQ(entry().outcome, Outcome::kUpstreamError);
}

TEST_F(StructuredTest, ARefusalIsHeldAgainstNoSchema) {
  start_with(config::OnInvalid::kAbort);
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({"data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"I "
                    "cannot.\"},\"finish_reason\":null}]}\n\n",
                    kFinish, kUsage, kDone});
  const std::string body = unchunked(body_of(ask(post("/v1/messages", kMessagesFormat))));
  EXPECT_THAT(body, HasSubstr("I cannot."));
  EXPECT_THAT(body, HasSubstr("message_stop"));
  EXPECT_EQ(entry().outcome, Outcome::kOk);
}

TEST_F(StructuredTest, TheStrongestModelIsNotAskedForWhatNobodyWillLookAt) {
  start([](config::Config& config) {
    config.router.structured.on_invalid = config::OnInvalid::kRetryStronger;
    config.categories.front().strategy = route::Strategy::kEscalate;
    config.categories.front().models = {"sim-small", "sim-large", "sim-tools"};
    const llm::CapabilitySet able{llm::Capability::kJsonMode, llm::Capability::kJsonSchema, llm::Capability::kLogprobs};
    for (config::ModelConfig& model : config.models) model.capabilities = able;
  });
  small_.when().then_header("content-type", "application/json").then_body(whole(R"({"t":"no n"})"));
  large_.when().then_header("content-type", "application/json").then_body(whole(R"({"n":7})"));
  EXPECT_EQ(status_of(ask_chat(chat("simple", "auto", kFormat))), 200);
  ASSERT_EQ(large_.provider.requests().size(), 1U);
  EXPECT_THAT(small_.provider.requests().front().body, HasSubstr("logprobs"));
  EXPECT_THAT(large_.provider.requests().front().body, Not(HasSubstr("logprobs")));
}

TEST_F(StructuredTest, WhereNobodyIsStrongerTheErrorSaysWhatWasWrong) {
  start_with(config::OnInvalid::kRetryStronger);
  large_.when().then_header("content-type", "application/json").then_body(whole("[]"));
  const std::string got = ask_chat(chat("reasoning", "auto", kFormat));
  EXPECT_EQ(status_of(got), 502);
  EXPECT_THAT(body_of(got), HasSubstr("structured output is invalid: / type"));
  EXPECT_EQ(entry().outcome, Outcome::kUpstreamError);
  EXPECT_EQ(large_.provider.requests().size(), 1U);
}

TEST_F(StructuredTest, WhatWasGivenUpIsPaidForAndLeavesNoTraceInTheAnswer) {
  start_with(config::OnInvalid::kRetryStronger,
             [](config::Config& config) { config.providers.front().kind = config::ProviderKind::kAnthropic; });
  const std::string message =
      R"({"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Sure!"}],)"
      R"("stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":100,"output_tokens":50}})";
  small_.provider.when("/v1/messages")
      .then_header("content-type", "application/json")
      .then_stream({message.substr(0, 9)})
      .then_wait(std::chrono::milliseconds(300))
      .then_stream({message.substr(9)});
  large_.when().then_header("content-type", "application/json").then_body(whole(R"({"n":7})"));
  const std::string got = ask_chat(chat("simple", "auto", kFormat + R"("seed":7,)"));
  EXPECT_EQ(body_of(got), whole(R"({"n":7})"));
  EXPECT_EQ(field_of(got, "x-pointsman-lost"), "");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.passage.upstream, "");
  EXPECT_THAT(one.passage.losses, IsEmpty());
  ASSERT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.attempts[0].judged.usage.output_tokens, 50);
  ASSERT_TRUE(one.attempts[0].judged.cost.has_value());
  ASSERT_TRUE(one.cost.has_value());
  EXPECT_GT(one.cost->nanos, one.attempts[0].judged.cost->nanos);
  EXPECT_GT(one.total - one.overhead, std::chrono::milliseconds(150)) << "time that the model took";
}

TEST_F(StructuredTest, AnAnswerThatIsRefusedToTheClientIsPaidForAllTheSame) {
  start_with(config::OnInvalid::kAbort);
  small_.when().then_header("content-type", "application/json").then_body(whole("[]"));
  EXPECT_EQ(status_of(ask_chat(chat("simple", "auto", kFormat))), 502);
  const ledger::Entry one = entry();
  EXPECT_EQ(one.attempts[0].judged.usage.output_tokens, 50);
  ASSERT_TRUE(one.cost.has_value());
  EXPECT_EQ(*one.cost, one.attempts[0].judged.cost);
}

TEST_F(StructuredTest, AStreamThatBreaksOffBeforeAnythingWasSeenIsAnErrorAndNoAnswer) {
  start_with(config::OnInvalid::kRetryStronger);
  small_.when().then_header("content-type", kEvents).then_stream({event("")}).then_reset();
  const std::string got = ask_stream("simple");
  EXPECT_EQ(status_of(got), 502);
  EXPECT_EQ(field_of(got, "content-type"), "application/json");
  EXPECT_EQ(entry().outcome, Outcome::kUpstreamError);
}

TEST_F(StructuredTest, AWholeAnswerThatIsCutIsAnError) {
  start_with(config::OnInvalid::kAbort);
  small_.when()
      .then_raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + whole(R"({"n":7})").substr(0, 60))
      .then_close();
  EXPECT_EQ(status_of(ask_chat(chat("simple", "auto", kFormat))), 502);
  EXPECT_EQ(entry().outcome, Outcome::kUpstreamError);
}

TEST_F(StructuredTest, ATextBesideToolsIsNotHeld) {
  start_with(config::OnInvalid::kRetryStronger, be_patient);
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("hello")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({kFinish, kUsage, kDone});
  const auto client = connect();
  ASSERT_TRUE(client->send(
      post(kChat, chat_stream("simple", R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],)"))));
  EXPECT_TRUE(client->read_until("hello"));
  go_ = true;
  EXPECT_THAT(client->read_answer(), HasSubstr("[DONE]"));
}

TEST_F(StructuredTest, WhatIsNoEventAndWhatIsTooLongForOneGoesOutAsItComes) {
  start_with(config::OnInvalid::kAbort, be_patient);
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({piece(R"({"n":)"), ": still there\n\n"})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({"data: " + std::string(9U << 20, 'x')})
      .then_hang();
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("simple", kFormat))));
  EXPECT_TRUE(client->read_until(": still there\n\n"));
  go_ = true;
  EXPECT_TRUE(client->read_at_least(9U << 20)) << "it is all kept";
}

TEST_F(StructuredTest, TheArgumentsOfToolCallsAreHeldAgainstTheirToolsSchemas) {
  start_with(config::OnInvalid::kAbort);
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object",)"
                            R"("properties":{"x":{"enum":["a","b"]}}}}}],)";
  const auto call = [](std::string_view arguments, std::string_view head) {
    return R"(data: {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,)" + std::string(head) +
           R"("function":{)" + (head.empty() ? "" : R"("name":"f",)") + R"("arguments":")" + std::string(arguments) +
           "\"}}]}}]}\n\n";
  };
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({call("", R"("id":"call_1","type":"function",)"), call(R"({\"x\":\")", ""), call("c", "")})
      .then_hang();
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("simple", tools), "connection: close\r\n")));
  EXPECT_NE(client->read_to_end(), testing::RawClient::End::kOpen);
  EXPECT_THAT(client->received(), HasSubstr("invalid: /x enum"));
  EXPECT_EQ(entry().passage.json, "invalid: /x enum");
}

}  // namespace
}  // namespace pointsman
