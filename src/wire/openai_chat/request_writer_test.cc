#include "wire/openai_chat/request_writer.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Part;
using llm::PartKind;
using llm::Role;

struct Written {
  std::string body;
  llm::Losses losses;
};

Written write(const llm::Conversation& conversation, const llm::UpstreamContext& context = {.model = "m"}) {
  Written out;
  const auto losses = write_request(conversation, context, out.body);
  EXPECT_TRUE(losses);
  if (losses) out.losses = *losses;
  return out;
}
Part text(std::string_view said) {
  return {.text = std::string(said)};
}
llm::Conversation with(std::vector<llm::Message> messages) {
  llm::Conversation out;
  out.messages = std::move(messages);
  return out;
}
std::string messages(const std::string& elements) {
  return R"({"model":"m","messages":[)" + elements + "]}";
}

const Part kCall{.kind = PartKind::kToolCall, .id = "t1", .name = "f", .arguments = ""};

TEST(WriteRequest, GivesAUserWhoseNameIsTooLongAsAHash) {
  llm::Conversation talk = with({{Role::kUser, "", {text("q")}}});
  talk.user = std::string(64, 'u');
  auto out = write(talk);
  EXPECT_NE(out.body.find("\"user\":\"" + talk.user + "\""), std::string::npos) << out.body;
  EXPECT_TRUE(out.losses.empty());
  talk.user += "x";
  out = write(talk);
  EXPECT_EQ(out.body.find(talk.user), std::string::npos) << out.body;
  EXPECT_NE(out.body.find(base::sha256_hex(talk.user)), std::string::npos) << out.body;
  ASSERT_EQ(out.losses.size(), 1U);
  EXPECT_TRUE(out.losses[0].minor);
}

TEST(WriteRequest, PutsResultsBeforeWhatElseAMessageSays) {
  const Part result{.kind = PartKind::kToolResult, .id = "t1", .content = {text("r")}};
  const auto out = write(with({{Role::kAssistant, "", {kCall}}, {Role::kUser, "", {text("and?"), result}}}));
  EXPECT_EQ(
      out.body,
      messages(
          R"({"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
          R"({"role":"tool","tool_call_id":"t1","content":"r"},{"role":"user","content":"and?"})"));
  EXPECT_TRUE(out.losses.empty());
}

TEST(WriteRequest, MovesImagesOfResultsBehindAllResults) {
  const Part image{.kind = PartKind::kImage, .media = {.data = "AA", .media_type = "image/png"}};
  const Part first{.kind = PartKind::kToolResult, .id = "t1", .content = {text("r"), image}};
  const Part second{.kind = PartKind::kToolResult, .id = "t2", .is_error = true, .content = {}};
  const std::string wanted = messages(
      R"({"role":"tool","tool_call_id":"t1","content":"r"},{"role":"tool","tool_call_id":"t2","content":""},)"
      R"({"role":"user","content":[{"type":"text","text":"Content of the result of tool call t1:"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},{"role":"assistant","content":"ok"})");
  const llm::Message answer{Role::kAssistant, "", {text("ok")}};
  const auto apart = write(with({{Role::kTool, "", {first}}, {Role::kTool, "", {second}}, answer}));
  EXPECT_EQ(apart.body, wanted);
  EXPECT_EQ(apart.losses, (llm::Losses{{"messages[0]: tool result: goes on in a user message", true},
                                       {"messages[1]: tool result: is_error", false}}));
  EXPECT_EQ(write(with({{Role::kUser, "", {first, second}}, answer})).body, wanted);
}

TEST(WriteRequest, SendsReasoningBackOnlyToServersThatTakeIt) {
  const Part thought{.kind = PartKind::kReasoning, .text = "hm", .signature = "s"};
  const auto conversation = with({{Role::kAssistant, "", {thought, text("a")}},
                                  {Role::kUser, "", {text("q")}},
                                  {Role::kAssistant, "", {thought, kCall}}});
  const auto out = write(conversation);
  EXPECT_EQ(out.body.find("hm"), std::string::npos);
  EXPECT_EQ(out.losses, (llm::Losses{{"messages[0]: reasoning: signature", true},
                                     {"messages[0]: reasoning", true},
                                     {"messages[2]: reasoning: signature", true},
                                     {"messages[2]: reasoning", false}}));
  EXPECT_NE(write(conversation, {.model = "m", .takes_reasoning = true})
                .body.find(R"({"role":"assistant","reasoning_content":"hm","content":"a"})"),
            std::string::npos);
}

TEST(WriteRequest, SpeaksTheDialectOfTheServer) {
  auto conversation = with({{Role::kDeveloper, "", {text("a"), text("b")}}});
  conversation.max_output_tokens = 5;
  conversation.stream = true;
  EXPECT_EQ(
      write(conversation,
            {.model = "m", .ask_usage = true, .old_limit_name = true, .system_only = true, .string_content = true})
          .body,
      R"({"model":"m","messages":[{"role":"system","content":"a\n\nb"}],"max_tokens":5,"stream":true,)"
      R"("stream_options":{"include_usage":true}})");
}

TEST(WriteRequest, TurnsBudgetsIntoEfforts) {
  const auto effort = [](const llm::Reasoning& reasoning) {
    auto conversation = with({{Role::kUser, "", {text("q")}}});
    conversation.reasoning = reasoning;
    const Written out = write(conversation);
    const std::string rest = out.body.substr(messages(R"({"role":"user","content":"q"})").size() - 1);
    return rest + (out.losses.empty() ? "" : " " + out.losses[0].what);
  };
  EXPECT_EQ(effort({.budget_tokens = 1024}), R"(,"reasoning_effort":"low"} reasoning: a budget becomes an effort)");
  EXPECT_EQ(effort({.budget_tokens = 8192}), R"(,"reasoning_effort":"medium"} reasoning: a budget becomes an effort)");
  EXPECT_EQ(effort({.budget_tokens = 9000}), R"(,"reasoning_effort":"high"} reasoning: a budget becomes an effort)");
  EXPECT_EQ(effort({.adaptive = true}), "}");
  EXPECT_EQ(effort({.disabled = true}), "} reasoning: disabled");
  EXPECT_EQ(effort({.effort = "none"}), R"(,"reasoning_effort":"none"})");
}

TEST(WriteRequest, NamesWhatNoMessageHasAFormFor) {
  const Part image{.kind = PartKind::kImage, .media = {.file_id = "f"}};
  const Part url_file{.kind = PartKind::kFile, .media = {.url = "https://x/a.pdf"}};
  Part cached = text("c");
  cached.cache_control = R"({"type":"ephemeral"})";
  auto conversation = with({{Role::kUser, "", {cached, image, url_file}},
                            {Role::kAssistant, "", {kCall, text("late")}},
                            {Role::kSystem, "", {{.kind = PartKind::kImage, .media = {.url = "u"}}}}});
  conversation.tools.push_back({.name = "f", .cache_control = "{}"});
  conversation.service_tier = "standard_only";
  const auto out = write(conversation);
  EXPECT_EQ(out.losses, (llm::Losses{{"messages[0]: cache_control", true},
                                     {"messages[0]: image", false},
                                     {"messages[0]: file", false},
                                     {"messages[1]: text behind a tool call goes before it", true},
                                     {"messages[2]: image", false},
                                     {"tools: cache_control", true},
                                     {"service_tier: standard_only", true}}));
}

TEST(WriteRequest, NamesFilesThatHaveNoName) {
  const Part pdf{.kind = PartKind::kFile, .media = {.data = "AA", .media_type = "application/pdf"}};
  EXPECT_EQ(
      write(with({{Role::kUser, "", {pdf}}})).body,
      messages(
          R"({"role":"user","content":[{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,AA"}}]})"));
}

TEST(WriteRequest, TakesGrammarsInEitherShape) {
  auto conversation = with({{Role::kUser, "", {text("q")}}});
  for (const std::string_view format : {R"({"type":"grammar","syntax":"regex","definition":"a+"})",
                                        R"({"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}})"}) {
    conversation.tools = {{.name = "g", .custom = true, .format = std::string(format)}};
    EXPECT_NE(
        write(conversation).body.find(R"("format":{"type":"grammar","grammar":{"definition":"a+","syntax":"regex"}})"),
        std::string::npos);
  }
}

TEST(WriteRequest, RefusesAConversationOfNothing) {
  std::string body;
  const auto result = write_request({}, {.model = "m"}, body);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().place(), "/messages");
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
