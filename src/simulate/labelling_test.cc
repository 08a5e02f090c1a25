// Labels asked for over HTTP, in the ways the protocols have.
#include <gtest/gtest.h>

#include <cmath>

#include "simulate/provider.h"
#include "simulate/teacher.h"
#include "support/gold_texts.h"
#include "support/json_value.h"
#include "support/raw_client.h"
#include "support/server_thread.h"

namespace pointsman::simulate {
namespace {

using testing::body_of;
using testing::family_gold;
using testing::Json;
using testing::post;
using testing::RawClient;
using testing::ServerThread;

constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::string_view kMessages = "/v1/messages";
constexpr std::string_view kVersion = "anthropic-version: 2023-06-01\r\n";
const std::string kSystem = R"(Label the message.\nA=f0 c0\nB=f1 c1: the second\nAnswer with the label only.)";
const std::string kSchema =
    R"({"type":"object","properties":{"category":{"type":"string","enum":["A","B"]},"confidence":{"type":"number"}},)"
    R"("required":["category","confidence"],"additionalProperties":false})";

std::string question(const std::string& text, const std::string& more) {
  return R"({"model":"sim-small","messages":[{"role":"system","content":")" + kSystem +
         R"("},{"role":"user","content":"an example"},{"role":"assistant","content":"B"},{"role":"user","content":")" +
         text + R"("}],"temperature":0,)" + more + "}";
}

const std::string kFormat =
    R"("response_format":{"type":"json_schema","json_schema":{"name":"v","strict":true,"schema":)" + kSchema + "}}";

class LabellingTest : public ::testing::Test {
 protected:
  static const std::vector<GoldRow>& gold() {
    static const std::vector<GoldRow> kRows = family_gold(10);
    return kRows;
  }
  // A text of the category.
  static std::string text_of(std::string_view category) {
    for (const GoldRow& row : gold()) {
      if (row.category == category) return row.text;
    }
    return "";
  }
  static ProviderOptions with_teacher() {
    ProviderOptions options;
    options.teacher = *Teacher::make(gold(), {.accuracy = 1, .latency_ms = 0});
    return options;
  }
  std::string ask(std::string_view path, const std::string& body, const std::string& headers = {}) {
    RawClient client(server_.port());
    client.send(post(path, body, headers));
    return client.read_answer();
  }
  std::string chat(const std::string& category, const std::string& more, const std::string& headers = {}) {
    return ask(kChat, question(text_of(category), more), headers);
  }
  std::string message(const std::string& more, const std::string& headers = {}, std::string_view category = "f1_c1") {
    const std::string body = R"({"model":"sim-small","system":")" + kSystem +
                             R"(","messages":[{"role":"user","content":[{"type":"text","text":")" + text_of(category) +
                             R"("}]}],)" + more + "}";
    return ask(kMessages, body, std::string(kVersion) + headers);
  }

  std::shared_ptr<Persona> persona_ = *Persona::make(with_teacher());
  SimulatedProvider provider_{persona_};
  ServerThread server_{provider_};
};

TEST_F(LabellingTest, AnswersAStrictSchemaWithTheGoldLabelAndAConfidence) {
  for (const auto& [category, label] : {std::pair{"f0_c0", "A"}, std::pair{"f1_c1", "B"}}) {
    Json body(body_of(chat(category, kFormat)));
    Json said(body.text_at("/choices/0/message/content"));
    EXPECT_EQ(said.text_at("/category"), label);
    EXPECT_GE(said.real_at("/confidence"), 0.7);
    EXPECT_EQ(body.text_at("/choices/0/finish_reason"), "stop");
    EXPECT_FALSE(body.has("/choices/0/logprobs/content"));
  }
}

TEST_F(LabellingTest, GivesLogprobsThatSpellTheAnswerAndTheirBytes) {
  const std::string answer = chat("f1_c1", kFormat + R"(,"logprobs":true,"top_logprobs":4)");
  Json body(body_of(answer));
  std::string spelled;
  for (int i = 0; body.has("/choices/0/logprobs/content/" + std::to_string(i)); ++i) {
    const std::string at = "/choices/0/logprobs/content/" + std::to_string(i);
    const std::string token = body.text_at(at + "/token");
    EXPECT_EQ(body.number_at(at + "/bytes/0"), static_cast<unsigned char>(token[0]));
    EXPECT_TRUE(body.has(at + "/top_logprobs/3/logprob"));
    EXPECT_FALSE(body.has(at + "/top_logprobs/4"));
    spelled += token;
  }
  EXPECT_EQ(spelled, body.text_at("/choices/0/message/content"));
  EXPECT_EQ(body.text_at("/choices/0/logprobs/content/3/token"), "B");
  EXPECT_LE(body.real_at("/choices/0/logprobs/content/3/logprob"), 0);
  EXPECT_NE(answer.find(R"("logprob":-9999.0)"), std::string::npos);
}

TEST_F(LabellingTest, AnswersAListOfChoicesAsVllmDoes) {
  for (const char* choice : {R"("structured_outputs":{"choice":["A","B"]})", R"("guided_choice":["B","A"])"}) {
    Json body(body_of(chat("f1_c1", std::string(choice) + R"(,"max_tokens":8,"logprobs":true,"top_logprobs":10)")));
    EXPECT_EQ(body.text_at("/choices/0/message/content"), "B");
    EXPECT_EQ(body.text_at("/choices/0/finish_reason"), "stop");
    double labels = 0;
    double all = 0;
    for (int i = 0; i < 10; ++i) {
      const std::string at = "/choices/0/logprobs/content/0/top_logprobs/" + std::to_string(i);
      const std::string token = body.text_at(at + "/token");
      const double chance = std::exp(body.real_at(at + "/logprob"));
      all += chance;
      labels += token == "A" || token == "B" || token == " B" ? chance : 0;
    }
    EXPECT_GT(labels, 0.5);
    EXPECT_GT(all, labels);
  }
}

TEST_F(LabellingTest, AnswersASingleTokenFromWhatThePromptSays) {
  Json body(body_of(chat("f1_c1", R"("max_tokens":1,"logprobs":true,"top_logprobs":2)")));
  EXPECT_EQ(body.text_at("/choices/0/message/content"), "B");
  EXPECT_EQ(body.text_at("/choices/0/finish_reason"), "length");
  EXPECT_EQ(body.number_at("/usage/completion_tokens"), 1);
}

TEST_F(LabellingTest, GivesSamplesAndStreamsToo) {
  Json three(body_of(chat("f1_c1", kFormat + R"(,"n":3)")));
  EXPECT_TRUE(three.has("/choices/2/message/content"));
  const std::string stream = testing::unchunked(body_of(chat("f1_c1", R"("guided_choice":["A","B"],"stream":true)")));
  EXPECT_NE(stream.find(R"("delta":{"content":"B"})"), std::string::npos) << stream;
}

TEST_F(LabellingTest, LeavesOtherRequestsToTheOrdinaryAnswers) {
  const std::string other =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"v","schema":{"type":"object","properties":)"
      R"({"unit":{"enum":["C","F"]}}}}})";
  Json body(Json(body_of(chat("f1_c1", other))).text_at("/choices/0/message/content"));
  EXPECT_TRUE(body.text_at("/unit") == "C" || body.text_at("/unit") == "F");
  const std::string plain = R"({"model":"sim-small","messages":[{"role":"user","content":"hi"}],"max_tokens":1})";
  EXPECT_EQ(Json(body_of(ask(kChat, plain))).number_at("/usage/completion_tokens"), 1);
}

TEST_F(LabellingTest, FailsOnCommandInTheWaysLabelsGoWrong) {
  const auto with = [](const char* fault) { return "x-sim-fault: " + std::string(fault) + "\r\n"; };
  Json refused(body_of(chat("f1_c1", kFormat, with("refusal"))));
  EXPECT_NE(refused.text_at("/choices/0/message/refusal").find("sorry"), std::string::npos);
  EXPECT_FALSE(Json(refused.bytes).text_at("/choices/0/message/content").starts_with("{"));
  Json other(Json(body_of(chat("f1_c1", kFormat, with("other-label")))).text_at("/choices/0/message/content"));
  EXPECT_EQ(other.text_at("/category"), "something_else");
  Json words(body_of(chat("f1_c1", kFormat, with("wrong-json"))));
  EXPECT_FALSE(Json(words.text_at("/choices/0/message/content")).ok);
  const std::string logprobs = chat("f1_c1", kFormat + R"(,"logprobs":true)", with("no-logprobs"));
  EXPECT_TRUE(logprobs.starts_with("HTTP/1.1 400"));
  EXPECT_EQ(Json(body_of(logprobs)).text_at("/error/param"), "logprobs");
  EXPECT_TRUE(chat("f1_c1", kFormat, with("no-logprobs")).starts_with("HTTP/1.1 200"));
  EXPECT_NE(chat("f1_c1", kFormat, with("429@2000")).find("retry-after: 2\r\n"), std::string::npos);
  EXPECT_FALSE(Json(body_of(chat("f1_c1", kFormat, with("bad-json")))).ok);
}

TEST_F(LabellingTest, CountsSpoiltAnswersAsAnswers) {
  chat("f1_c1", kFormat, "x-sim-fault: other-label\r\n");
  chat("f1_c1", kFormat, "x-sim-fault: refusal\r\n");
  EXPECT_EQ(Json(persona_->bill().stats_json()).number_at("/answers"), 2);
}

const std::string kTool = R"("max_tokens":64,"temperature":0,"tools":[{"name":"label","input_schema":)" + kSchema +
                          R"(}],"tool_choice":{"type":"tool","name":"label"})";

TEST_F(LabellingTest, AnswersMessagesByAForcedTool) {
  const std::string answer = message(kTool);
  EXPECT_NE(answer.find("x-simulated-provider: sim-small\r\n"), std::string::npos);
  Json body(body_of(answer));
  ASSERT_TRUE(body.ok) << answer;
  EXPECT_EQ(body.text_at("/type"), "message");
  EXPECT_EQ(body.text_at("/role"), "assistant");
  EXPECT_EQ(body.text_at("/content/0/type"), "tool_use");
  EXPECT_EQ(body.text_at("/content/0/name"), "label");
  EXPECT_EQ(body.text_at("/content/0/input/category"), "B");
  EXPECT_EQ(body.text_at("/stop_reason"), "tool_use");
  EXPECT_GT(body.number_at("/usage/input_tokens"), 10);
  EXPECT_GT(body.number_at("/usage/output_tokens"), 3);
  EXPECT_EQ(answer.find("logprob"), std::string::npos);
}

TEST_F(LabellingTest, AnswersMessagesByAJsonFormatOrASingleToken) {
  Json format(
      body_of(message(R"("max_tokens":64,"temperature":0,"output_config":{"format":{"type":"json_schema","schema":)" +
                      kSchema + "}}")));
  EXPECT_EQ(format.text_at("/stop_reason"), "end_turn");
  EXPECT_EQ(Json(format.text_at("/content/0/text")).text_at("/category"), "B");
  Json token(body_of(message(R"("max_tokens":1,"temperature":0)")));
  EXPECT_EQ(token.text_at("/content/0/text"), "B");
  EXPECT_EQ(token.text_at("/stop_reason"), "max_tokens");
}

TEST_F(LabellingTest, AnswersOtherMessagesWithText) {
  Json body(body_of(message(R"("max_tokens":7)")));
  EXPECT_EQ(body.text_at("/content/0/type"), "text");
  EXPECT_EQ(body.text_at("/stop_reason"), "max_tokens");
  EXPECT_EQ(body.number_at("/usage/output_tokens"), 7);
}

TEST_F(LabellingTest, RefusesMessagesAsAnthropicDoes) {
  const auto fails = [&](const std::string& answer, std::string_view status, std::string_view type) {
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string(status))) << answer;
    Json body(body_of(answer));
    EXPECT_EQ(body.text_at("/type"), "error");
    EXPECT_EQ(body.text_at("/error/type"), type) << answer;
  };
  fails(ask(kMessages, "{}"), "400", "invalid_request_error");
  for (const char* body :
       {"{nonsense", R"({"model":"sim-small","max_tokens":0,"messages":[]})",
        R"({"model":"sim-small","max_tokens":5,"messages":[]})",
        R"({"model":"sim-small","max_tokens":5,"messages":[{"role":"system","content":"x"}]})",
        R"({"model":"sim-small","max_tokens":5,"stream":true,"messages":[]})", R"({"max_tokens":5,"messages":[]})"}) {
    fails(ask(kMessages, body, std::string(kVersion)), "400", "invalid_request_error");
  }
  fails(message(R"("max_tokens":5,"tool_choice":{"type":"tool","name":"nobody"})"), "400", "invalid_request_error");
  fails(ask(kMessages, R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}]})",
            std::string(kVersion)),
        "404", "not_found_error");
  fails(message(kTool, "x-sim-fault: 429@2000\r\n"), "429", "rate_limit_error");
  fails(message(kTool, "x-sim-fault: 529\r\n"), "529", "overloaded_error");
  fails(message(kTool, "x-sim-fault: 500\r\n"), "500", "api_error");
  fails(message(kTool, "x-sim-fault: bad-key\r\n"), "401", "authentication_error");
  fails(message(kTool, "x-sim-fault: context-too-long\r\n"), "400", "invalid_request_error");
}

TEST_F(LabellingTest, SpoilsMessagesOnCommand) {
  Json refused(body_of(message(kTool, "x-sim-fault: refusal\r\n")));
  EXPECT_EQ(refused.text_at("/stop_reason"), "refusal");
  EXPECT_FALSE(refused.has("/content/0"));
  Json other(body_of(message(kTool, "x-sim-fault: other-label\r\n")));
  EXPECT_EQ(other.text_at("/content/0/input/category"), "something_else");
  Json words(body_of(message(kTool, "x-sim-fault: wrong-json\r\n")));
  EXPECT_EQ(words.text_at("/content/0/type"), "text");
  EXPECT_FALSE(Json(body_of(message(kTool, "x-sim-fault: bad-json\r\n"))).ok);
}

TEST(MessagesKey, IsAcceptedInEitherHeader) {
  ProviderOptions options;
  options.api_key = base::Secret("sk-sim");
  SimulatedProvider provider(*Persona::make(options));
  ServerThread server(provider);
  const auto status = [&](std::string_view header) {
    RawClient client(server.port());
    client.send(post(kMessages, R"({"model":"sim-small","max_tokens":5,"messages":[{"role":"user","content":"x"}]})",
                     std::string(kVersion) + std::string(header)));
    return client.read_answer().substr(9, 3);
  };
  EXPECT_EQ(status("x-api-key: sk-sim\r\n"), "200");
  EXPECT_EQ(status("authorization: Bearer sk-sim\r\n"), "200");
  EXPECT_EQ(status("x-api-key: sk-other\r\n"), "401");
  EXPECT_EQ(status(""), "401");
}

}  // namespace
}  // namespace pointsman::simulate
