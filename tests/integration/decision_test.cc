// What the gateway decides, what it refuses, and what it says about either.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using testing::get;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::post;
using testing::status_of;
using testing::whole_answer;

using DecisionTest = GatewayTest;

const std::string kTools = R"("tools":[{"type":"function","function":{"name":"look_up","parameters":{}}}],)";

TEST_F(DecisionTest, TheDecisionAloneAsksNobodyAndLeavesNoEntry) {
  start();
  const std::string answer = ask(post("/v1/route", chat("a simple one")));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("category":"simple","confidence":0.9)"));
  EXPECT_THAT(answer, HasSubstr(R"("model":"sim-small")"));
  small_.when().then_body(whole_answer("x"));
  EXPECT_EQ(status_of(ask_chat(chat("a simple one"))), 200);
  EXPECT_EQ(gateway_->entries(1).size(), 1U);
  EXPECT_EQ(small_.provider.requests().size(), 1U);
}

TEST_F(DecisionTest, ATurnThatOnlyReturnsToolResultsKeepsTheConversationsModel) {
  start();
  tools_.when().then_body(whole_answer("x"));
  const std::string user = R"({"role":"user","content":"tool_use: the weather in Oslo?"})";
  const std::string call =
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look_up","arguments":"{}"}}]})";
  const std::string result = R"({"role":"tool","tool_call_id":"c1","content":"simple reasoning: 4 degrees, rain"})";
  const auto turn = [&](const std::string& messages) {
    return ask_chat(R"({"model":"auto",)" + kTools + R"("messages":[)" + messages + "]}");
  };
  const std::string first = turn(user);
  const std::string second = turn(user + "," + call + "," + result);
  EXPECT_EQ(field_of(first, "x-pointsman-model"), "sim-tools");
  EXPECT_EQ(field_of(second, "x-pointsman-model"), "sim-tools");
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[0].tool_result_turn);
  EXPECT_TRUE(all[1].tool_result_turn);
  EXPECT_EQ(all[0].category, "tool_use");
  EXPECT_EQ(all[1].category, all[0].category);
  EXPECT_EQ(all[1].conversation, all[0].conversation);
}

TEST_F(DecisionTest, DoubtGoesToTheStrongestModelAndSaysSo) {
  start();
  large_.when().then_body(whole_answer("x"));
  const std::string unsure = ask_chat(chat("hm"));
  EXPECT_EQ(field_of(unsure, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(unsure, "x-pointsman-fallback"), "below_threshold");
  const std::string broken = ask_chat(chat("broken"));
  EXPECT_EQ(field_of(broken, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(broken, "x-pointsman-fallback"), "classifier_error");
}

TEST_F(DecisionTest, AModelTheClientNamesAnswersWithoutRouting) {
  start();
  tools_.when().then_body(whole_answer("x"));
  const std::string answer = ask_chat(chat("simple", "sim-tools"));
  EXPECT_EQ(field_of(answer, "x-pointsman-stage"), "passthrough");
  EXPECT_EQ(field_of(answer, "x-pointsman-category"), "");
  EXPECT_EQ(tools_.provider.requests().at(0).body, chat("simple", "sim-tools"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.stage, "passthrough");
  EXPECT_EQ(one.category, "");
  EXPECT_EQ(one.classifier_version, "");
}

struct Refused {
  const char* name;
  std::string request;
  int status;
  const char* says;
};

TEST_F(DecisionTest, WhatCannotBeServedIsRefusedInTheShapeClientsKnow) {
  start();
  std::string text_plain = post(kChat, chat("x"));
  text_plain.replace(text_plain.find("application/json"), 16, "text/plain      ");
  const Refused cases[] = {
      {"unknown model", post(kChat, chat("x", "sim-smal")), 404, "Did you mean 'sim-small'"},
      {"broken JSON", post(kChat, R"({"model":"auto","messages":[)"), 400, R"("code":"parse")"},
      {"two models", post(kChat, R"({"model":"auto","model":"sim-large","messages":[{"role":"user","content":"x"}]})"),
       400, "invalid_request_error"},
      {"no messages", post(kChat, R"({"model":"auto"})"), 400, "messages"},
      {"another type", text_plain, 415, "application/json"},
      {"unknown category", post(kChat, chat("x"), "x-pointsman-route: sympl\r\n"), 400, "known: simple"},
      {"another method", get(kChat), 405, "use POST"},
      {"another path", get("/v2/anything"), 404, "There is nothing at /v2/anything"},
      {"nobody can", post(kChat, chat("x", "auto", R"("modalities":["text","audio"],)")), 400,
       "sim-large: cannot do audio_output"},
  };
  for (const Refused& one : cases) {
    const std::string answer = ask(one.request);
    EXPECT_EQ(status_of(answer), one.status) << one.name;
    EXPECT_THAT(body_of(answer), HasSubstr(one.says)) << one.name;
    EXPECT_TRUE(body_of(answer).starts_with(R"({"error":{"message":)")) << one.name;
  }
  for (const auto* upstream : {&small_, &tools_, &large_}) EXPECT_THAT(upstream->provider.requests(), IsEmpty());
  // Only the last one was a request we admitted.
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientError);
  EXPECT_EQ(one.status, 400);
  EXPECT_THAT(one.error, HasSubstr("no_candidate"));
  EXPECT_EQ(one.cost, base::Money{});
  const std::string metrics = ask(get("/metrics"));
  EXPECT_THAT(metrics, HasSubstr(R"(pointsman_requests_total{route="none",model="none",code="404"} 1)"));
}

TEST_F(DecisionTest, TextsAreKeptWhereTheConfigurationSaysSo) {
  start([](config::Config& config) { config.ledger.store_prompts = config::StorePrompts::kFull; });
  small_.when().then_body(whole_answer("x"));
  ask_chat(chat("a simple secret"));
  EXPECT_EQ(entry().text, "a simple secret");
}

TEST_F(DecisionTest, ModelsAreListedForClients) {
  start();
  const std::string answer = ask(get("/v1/models"));
  for (const char* id : {"auto", "sim-small", "sim-tools", "sim-large"}) {
    EXPECT_THAT(answer, HasSubstr(R"("id":")" + std::string(id) + '"'));
  }
}

TEST_F(DecisionTest, MetricsTellWhatHappened) {
  start();
  small_.when().times(1).then_body(whole_answer("x"));
  small_.when().times(1).then_status(500).then_body("{}");
  large_.when().then_body(R"({"choices":[]})");
  ask_chat(chat("simple"));
  ask_chat(chat("simple"));
  ask_chat(chat("hm"));
  const std::string text = ask(get("/metrics"));
  for (const char* line : {
           R"(pointsman_requests_total{route="simple",model="sim-small",code="200"} 1)",
           R"(pointsman_requests_total{route="simple",model="sim-large",code="200"} 2)",
           R"(pointsman_decisions_total{route="simple",stage="local"} 2)",
           R"(pointsman_fallbacks_total{reason="below_threshold"} 1)",
           R"(pointsman_upstream_requests_total{provider="sim-small",model="sim-small"} 2)",
           R"(pointsman_upstream_failures_total{provider="sim-small",model="sim-small",reason="status_500"} 1)",
           R"(pointsman_tokens_total{direction="input",model="sim-small"} 100)",
           R"(pointsman_cost_usd_total{model="sim-small"} 0.00003)",
           R"(pointsman_cost_unknown_total{model="sim-large"} 2)",
           "pointsman_ledger_entries_total 3",
       }) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line)) << text.substr(text.find("pointsman_req"), 300);
  }
}

}  // namespace
}  // namespace pointsman
