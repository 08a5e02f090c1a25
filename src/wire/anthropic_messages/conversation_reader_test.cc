#include "wire/anthropic_messages/conversation_reader.h"

#include <gtest/gtest.h>

#include "wire/anthropic_messages/request_writer.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;
using llm::Role;

std::string text_of(const llm::Losses& losses) {
  std::string out;
  for (const llm::Loss& loss : losses) out += (loss.minor ? "-" : "!") + loss.what + "\n";
  return out;
}

struct Read {
  llm::Conversation conversation;
  std::string losses;
};

Read read(std::string_view body) {
  json::Document document;
  Read out;
  const auto losses = read_conversation(body, document, out.conversation);
  EXPECT_TRUE(losses) << losses.error().message() << " at " << losses.error().place();
  if (losses) out.losses = text_of(*losses);
  return out;
}

std::string body_with(std::string_view messages, std::string_view more = "") {
  return R"({"model":"m","max_tokens":9,"messages":)" + std::string(messages) + std::string(more) + "}";
}

const std::string kUser = R"([{"role":"user","content":"x"}])";

TEST(MessagesConversation, GivesEachResultOfAToolAMessageInOrder) {
  const auto [conversation, losses] = read(body_with(
      R"([{"role":"user","content":"go"},
          {"role":"assistant","content":[{"type":"text","text":"ok"},{"type":"tool_use","id":"a","name":"f","input":{ "n":1.0 }},
                                         {"type":"tool_use","id":"b","name":"g","input":{}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},
                                    {"tool_use_id":"b","type":"tool_result","is_error":true,"content":[{"type":"text","text":"2"},
                                      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]},
                                    {"type":"text","text":"and now?"}]}])",
      R"(,"system":"Be brief.")"));
  EXPECT_EQ(losses, "");
  const auto& messages = conversation.messages;
  ASSERT_EQ(messages.size(), 6U);
  EXPECT_EQ(messages[0].role, Role::kSystem);
  EXPECT_EQ(messages[0].parts[0].text, "Be brief.");
  EXPECT_EQ(messages[2].role, Role::kAssistant);
  EXPECT_EQ(messages[2].parts[1].arguments, R"({ "n":1.0 })");
  EXPECT_EQ(messages[3].role, Role::kTool);
  EXPECT_EQ(messages[3].parts[0].id, "a");
  EXPECT_EQ(messages[4].parts[0].id, "b");
  EXPECT_TRUE(messages[4].parts[0].is_error);
  ASSERT_EQ(messages[4].parts[0].content.size(), 2U);
  EXPECT_EQ(messages[4].parts[0].content[1].media.data, "AA==");
  EXPECT_EQ(messages[5].role, Role::kUser);
  EXPECT_EQ(messages[5].parts[0].text, "and now?");
}

TEST(MessagesConversation, CarriesThinkingAndDocuments) {
  const auto [conversation, losses] = read(body_with(
      R"([{"role":"user","content":[{"type":"document","title":"t","source":{"type":"text","media_type":"text/plain","data":"foo"}},
             {"type":"document","source":{"type":"content","content":[{"type":"text","text":"f"},{"type":"text","text":"o"}]}},
             {"type":"image","source":{"type":"file","file_id":"file_1"}}]},
          {"role":"assistant","content":[{"signature":"sig","type":"thinking","thinking":"hm"},{"type":"redacted_thinking","data":"xyz"}]}])"));
  EXPECT_EQ(losses, "-messages[0].content[1].source.content: joined\n");
  const auto& user = conversation.messages[0].parts;
  ASSERT_EQ(user.size(), 3U);
  EXPECT_EQ(user[0].kind, PartKind::kFile);
  EXPECT_EQ(user[0].media.data, "Zm9v");
  EXPECT_EQ(user[0].media.name, "t");
  EXPECT_EQ(user[1].media.data, "Zgpv");
  EXPECT_EQ(user[2].media.file_id, "file_1");
  const auto& thoughts = conversation.messages[1].parts;
  ASSERT_EQ(thoughts.size(), 2U);
  EXPECT_EQ(thoughts[0].text + thoughts[0].signature, "hmsig");
  EXPECT_EQ(thoughts[1].opaque, "xyz");
}

TEST(MessagesConversation, SaysWhatIsLost) {
  struct Case {
    std::string body;
    std::string_view losses;
  };
  const Case cases[] = {
      {body_with(kUser, R"(,"service_tier":"auto","metadata":{"user_id":null},"container":null,"mcp_servers":[])"), ""},
      {body_with(
           kUser,
           R"(,"container":"c","mcp_servers":[{}],"inference_geo":"us","speed":"fast","cache_control":{"type":"ephemeral"})"),
       "!container\n!mcp_servers\n!inference_geo\n-speed\n-cache_control\n"},
      {body_with(
           kUser,
           R"(,"tools":[{"type":"web_search_20250305","name":"w"},{"name":"f","defer_loading":true,"input_examples":[{}]}])"),
       "!tools[0]: web_search_20250305\n-tools[1].defer_loading\n!tools[1].input_examples\n"},
      {body_with(kUser,
                 R"(,"tools":[{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"tool","name":"bash"})"),
       "!tools[0]: bash_20250124\n!tool_choice\n"},
      {body_with(
           kUser,
           R"(,"output_config":{"effort":"high","task_budget":{"total":9}},"thinking":{"type":"adaptive","display":"omitted"})"),
       "!output_config.task_budget\n-thinking.display\n"},
      {body_with(kUser, R"(,"metadata":{"user_id":"u","team":"t"})"), "-metadata\n"},
      {body_with(
           R"([{"role":"user","content":[{"type":"container_upload","file_id":"f"},{"type":"text","text":"x","citations":[{"a":1}]}]},
                     {"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},
                     {"type":"tool_use","id":"t","name":"f","input":{},"caller":{"type":"direct"}},
                     {"type":"tool_use","id":"t","name":"f","input":{},"caller":{"type":"code_execution"},"odd\u00e9":1}]}])"),
       "!messages[0].content[0]: container_upload\n-messages[0].content[1].citations\n"
       "!messages[1].content[0]: server_tool_use\n!messages[1].content[2].caller\n!messages[1].content[2].odd??\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.body).losses, c.losses) << c.body;
}

TEST(MessagesConversation, RefusesWithThePlace) {
  struct Case {
    std::string body;
    std::string_view place;
  };
  const Case cases[] = {
      {"7", ""},
      {R"({"model":"m"})", "/messages"},
      {body_with(R"([{"role":"narrator","content":"x"}])"), "/messages/0/role"},
      {body_with(R"([{"role":"user","content":[{"type":"image"}]}])"), "/messages/0/content/0/source"},
      {body_with(R"([{"role":"user","content":[{"type":"image","source":{"type":"new"}}]}])"),
       "/messages/0/content/0/source"},
      {body_with(R"([{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}])"),
       "/messages/0/content/0/input"},
      {body_with(R"([{"role":"user","content":[{"type":"tool_result"}]}])"), "/messages/0/content/0/tool_use_id"},
      {body_with(kUser, R"(,"temperature":"hot")"), "/temperature"},
      {body_with(kUser, R"(,"tool_choice":{"type":"tool"})"), "/tool_choice"},
      {body_with(kUser, R"(,"tools":[{"name":"f","input_schema":7}])"), "/tools/0/input_schema"},
      {body_with(kUser, R"(,"stop_sequences":[1])"), "/stop_sequences/0"},
      {body_with(kUser, R"(,"thinking":{"type":"hard"})"), "/thinking"},
      {body_with(kUser, R"(,"output_format":{"type":"json_schema"})"), "/output_format"},
      {body_with(kUser, R"(,"system":"a","system":"b")"), "/system"},
  };
  json::Document document;
  llm::Conversation conversation;
  for (const Case& c : cases) {
    const auto result = read_conversation(c.body, document, conversation);
    ASSERT_FALSE(result) << c.body;
    EXPECT_EQ(result.error().code(), base::ErrorCode::kInvalidArgument) << c.body;
    EXPECT_EQ(result.error().place(), c.place) << c.body;
  }
  EXPECT_EQ(read_conversation("{", document, conversation).error().code(), base::ErrorCode::kParse);
}

TEST(MessagesConversation, TakesNoMoreItemsThanABodyMayHave) {
  const auto read_stops = [](std::size_t count) {
    std::string stops;
    for (std::size_t i = 0; i < count; ++i) stops += i == 0 ? R"("a")" : R"(,"a")";
    json::Document document;
    llm::Conversation conversation;
    return read_conversation(body_with(kUser, R"(,"stop_sequences":[)" + stops + "]"), document, conversation);
  };
  EXPECT_TRUE(read_stops(99'999));  // and one message
  const auto refused = read_stops(100'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().place(), "/stop_sequences/99999");
}

// What this protocol says comes back byte for byte when it is written again.
TEST(MessagesConversation, SurvivesTheWayThroughTheNeutralForm) {
  const std::string_view bodies[] = {
      R"({"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"x"}]})",
      R"({"model":"claude-sonnet-4-0","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],)"
      R"("messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}],)"
      R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"n":{"type":"number","default":1.50}}},"strict":true,"cache_control":{"type":"ephemeral"}}],)"
      R"("tool_choice":{"type":"any","disable_parallel_tool_use":true},"stop_sequences":["\n\nHuman:"],"temperature":0.70,"top_k":5,)"
      R"("metadata":{"user_id":"u"},"service_tier":"standard_only","stream":true})",
      R"({"model":"claude-opus-4-6","max_tokens":9000,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"}},)"
      R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA=="},"title":"t","cache_control":{"type":"ephemeral"}},)"
      R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"foo"}},{"type":"text","text":"read"}]},)"
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"xyz"},)"
      R"({"type":"tool_use","id":"toolu_1","name":"f","input":{"b":1e400,"a":[ ]}}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"no","is_error":true,"cache_control":{"type":"ephemeral"}},)"
      R"({"type":"text","text":"go on"}]}],"thinking":{"type":"enabled","budget_tokens":2000},)"
      R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}})",
      R"({"model":"claude-opus-4-8","max_tokens":9,"messages":[{"role":"user","content":"x"}],"thinking":{"type":"adaptive","display":"summarized"},)"
      R"("output_config":{"effort":"xhigh"}})",
      R"({"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"x"}],"thinking":{"type":"disabled"}})",
  };
  for (const std::string_view body : bodies) {
    const auto [conversation, losses] = read(body);
    EXPECT_EQ(losses, "") << body;
    std::string out;
    const auto written = write_request(conversation, {.model = conversation.model}, out);
    ASSERT_TRUE(written) << body;
    EXPECT_EQ(text_of(*written), "") << body;
    EXPECT_EQ(out, body);
  }
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
