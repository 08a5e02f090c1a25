#include "wire/anthropic_messages/request.h"

#include <gtest/gtest.h>

#include "wire/anthropic_messages/count_tokens.h"
#include "wire/anthropic_messages/forward.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Capability;
using llm::CapabilitySet;

struct Read {
  base::Result<void> result;
  llm::ChatRequest request;
};

Read read(std::string_view body) {
  static Reader reader;
  llm::ChatRequest request;
  auto result = read_messages_request(body, reader, request);
  return {std::move(result), std::move(request)};
}

std::string body_with(std::string_view messages, std::string_view more = "") {
  return R"({"model":"claude-sonnet-5","max_tokens":100,"messages":)" + std::string(messages) + std::string(more) + "}";
}

TEST(MessagesRequest, ReadsWhatRoutingNeeds) {
  const std::string body =
      R"( {"max_tokens":1024, "model" : "claude-\u0061", "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
      "stream":true,"metadata":{"user_id":"u1","x":1},"messages":[
        {"role":"user","content":"first"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},
                                       {"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"42"}]}]},
        {"role":"assistant","content":"so"},
        {"content":[{"text":"se\u0063ond","type":"text"},{"type":"text","text":"line"}],"role":"user"}]})";
  const auto [result, request] = read(body);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(request.model, "claude-a");
  EXPECT_EQ(body.substr(request.model_value.begin, request.model_value.end - request.model_value.begin),
            R"("claude-\u0061")");
  EXPECT_EQ(body[request.object_begin - 1], '{');
  EXPECT_TRUE(request.stream);
  EXPECT_EQ(request.needs.output_tokens, 1024);
  EXPECT_GT(request.needs.input_tokens, 20);
  EXPECT_LT(request.needs.input_tokens, 90);
  EXPECT_EQ(request.messages, 5U);
  EXPECT_EQ(request.turn, llm::Turn::kUser);
  EXPECT_EQ(request.text, "second\nline");
  EXPECT_EQ(request.context, "first");
  EXPECT_NE(request.user, 0U);
  EXPECT_NE(request.conversation, 0U);
  EXPECT_TRUE(request.needs.capabilities.empty());
}

TEST(MessagesRequest, KnowsWhatAModelMustBeAbleToDo) {
  struct Case {
    std::string body;
    CapabilitySet needs;
  };
  const std::string user = R"([{"role":"user","content":"x"}])";
  const std::string image = R"({"type":"image","source":{"type":"url","url":"https://x/y.png"}})";
  const Case cases[] = {
      {body_with(user), {}},
      {body_with(user, R"(,"tools":[{"name":"f","input_schema":{}}])"), {Capability::kTools}},
      {body_with(user, R"(,"tools":[{"type":"web_search_20250305","name":"web_search"}])"), {Capability::kWebSearch}},
      {body_with(user, R"(,"tools":[{"type":"bash_20250124","name":"bash"}])"), {Capability::kTools}},
      {body_with(user, R"(,"tools":[{"name":"f"}],"tool_choice":{"type":"auto","disable_parallel_tool_use":false})"),
       {Capability::kTools, Capability::kParallelTools}},
      {body_with(user, R"(,"tools":[{"name":"f"}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true})"),
       {Capability::kTools}},
      {body_with(user, R"(,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}})"),
       {Capability::kJsonSchema}},
      {body_with(user, R"(,"output_format":{"type":"json_schema","schema":{}})"), {Capability::kJsonSchema}},
      {body_with(user, R"(,"output_config":{"effort":"low"})"), {}},
      {body_with(R"([{"role":"user","content":[)" + image + "]}]"), {Capability::kVision}},
      {body_with(R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[)" + image + "]}]}]"),
       {Capability::kVision}},
      {body_with(
           R"([{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA=="}}]}])"),
       {Capability::kFileInput}},
  };
  for (const Case& c : cases) {
    const auto [result, request] = read(c.body);
    ASSERT_TRUE(result) << c.body << result.error().message();
    EXPECT_EQ(request.needs.capabilities, c.needs) << c.body;
  }
}

TEST(MessagesRequest, TellsWhoSpokeLast) {
  const std::string result = R"({"type":"tool_result","tool_use_id":"t","content":"42"})";
  const auto turn = [](const std::string& content, std::string_view role = "user") {
    return read(body_with(R"([{"role":"user","content":"hi"},{"role":")" + std::string(role) + R"(","content":)" +
                          content + "}]"));
  };
  EXPECT_EQ(turn("\"x\"").request.turn, llm::Turn::kUser);
  EXPECT_EQ(turn("[" + result + "]").request.turn, llm::Turn::kToolResult);
  EXPECT_EQ(turn("[" + result + "]").request.text, "hi");
  EXPECT_EQ(turn("[" + result + R"(,{"type":"text","text":"go on"}])").request.turn, llm::Turn::kUser);
  EXPECT_EQ(turn("[" + result + R"(,{"type":"text","text":"go on"}])").request.text, "go on");
  EXPECT_EQ(turn("\"The answer is (\"", "assistant").request.turn, llm::Turn::kOther);
}

TEST(MessagesRequest, KnowsAConversationAgain) {
  const std::string first = R"([{"role":"user","content":"hi"}])";
  const std::string later =
      R"([{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]},)"
      R"({"role":"assistant","content":"a"},{"role":"user","content":"b"}])";
  const std::string system = R"(,"system":"s")";
  const std::uint64_t known = read(body_with(first, system)).request.conversation;
  EXPECT_EQ(read(body_with(later, system)).request.conversation, known);
  EXPECT_EQ(read(R"({"system":[{"type":"text","text":"s"}],"model":"m","max_tokens":1,"messages":)" + later + "}")
                .request.conversation,
            known);
  EXPECT_NE(read(body_with(first)).request.conversation, known);
}

TEST(MessagesRequest, SeesWhetherSomethingIsMarkedForTheCache) {
  const std::string mark = R"("cache_control":{"type":"ephemeral"})";
  const std::string plain = R"([{"role":"user","content":"x"}])";
  const auto marked = [](const std::string& body) {
    const auto [result, request] = read(body);
    EXPECT_TRUE(result.has_value()) << body;
    return request.cache_marks;
  };
  EXPECT_FALSE(marked(body_with(plain)));
  EXPECT_FALSE(marked(body_with(plain, R"(,"cache_control":null)")));
  EXPECT_TRUE(marked(body_with(plain, "," + mark)));
  EXPECT_TRUE(marked(body_with(plain, R"(,"tools":[{"name":"f","input_schema":{},)" + mark + "}]")));
  EXPECT_TRUE(marked(body_with(plain, R"(,"system":[{"type":"text","text":"s",)" + mark + "}]")));
  EXPECT_TRUE(marked(body_with(R"([{"role":"user","content":[{"type":"text","text":"x",)" + mark + "}]}]")));
}

TEST(MessagesRequest, RefusesWithThePlace) {
  struct Case {
    std::string body;
    std::string_view place;
  };
  const std::string user = R"([{"role":"user","content":"x"}])";
  const Case cases[] = {
      {"[]", ""},
      {R"({"model":"m","messages":)" + user + "}", "/max_tokens"},
      {R"({"model":"m","max_tokens":null,"messages":)" + user + "}", "/max_tokens"},
      {R"({"model":"m","max_tokens":"7","messages":)" + user + "}", "/max_tokens"},
      {R"({"max_tokens":1,"messages":)" + user + "}", "/model"},
      {R"({"model":"m","max_tokens":1})", "/messages"},
      {body_with("[]"), "/messages"},
      {body_with(user, R"(,"max_tokens":1)"), "/max_tokens"},
      {body_with(R"([{"content":"x"}])"), "/messages/0/role"},
      {body_with(R"([{"role":"user"}])"), "/messages/0/content"},
      {body_with(R"([{"role":"user","content":7}])"), "/messages/0/content"},
      {body_with(R"([{"role":"user","content":["x"]}])"), "/messages/0/content/0"},
      {body_with(R"([{"role":"user","content":[{"text":"x"}]}])"), "/messages/0/content/0/type"},
      {body_with(R"([{"role":"user","content":[{"type":"text"}]}])"), "/messages/0/content/0/text"},
      {body_with(R"([{"role":"user","content":[{"type":"text","text":"x","type":"image"}]}])"),
       "/messages/0/content/0/type"},
      {body_with(
           R"([{"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":{"type":1}}]}]}])"),
       "/messages/0/content/0/content/0/source/type"},
      {body_with(user, R"(,"system":{})"), "/system"},
      {body_with(user, R"(,"tools":[7])"), "/tools/0"},
      {body_with(user, R"(,"tool_choice":{"disable_parallel_tool_use":1})"), "/tool_choice/disable_parallel_tool_use"},
      {body_with(user, R"(,"output_config":{"format":7})"), "/output_config/format"},
      {body_with(user, R"(,"stream":"yes")"), "/stream"},
  };
  for (const Case& c : cases) {
    const auto [result, request] = read(c.body);
    ASSERT_FALSE(result) << c.body;
    EXPECT_EQ(result.error().code(), base::ErrorCode::kInvalidArgument) << c.body;
    EXPECT_EQ(result.error().place(), c.place) << c.body;
    EXPECT_EQ(result.error().origin(), base::Origin::kClient);
  }
  EXPECT_EQ(read(R"({"model":"m","max_tokens":1,"messages":[}])").result.error().code(), base::ErrorCode::kParse);
}

TEST(MessagesRequest, LetsPassWhatItDoesNotKnow) {
  EXPECT_TRUE(read(body_with(
                       R"([{"role":"user","x":1e999,"content":[{"type":"new","content":{"a":[1]},"source":"s"},
                       {"type":"tool_result","tool_use_id":"t","content":[{"type":"search_result","content":[{"type":"text","text":"x"}]},7]}]},
                       {"role":"narrator","content":""}])",
                       R"(,"container":{"id":1},"context_management":{"edits":[]},"thinking":{"type":"new"})"))
                  .result);
}

TEST(CountTokens, TakesTheSameBodyWithoutALimit) {
  static Reader reader;
  llm::ChatRequest request;
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"one two three"}]})";
  ASSERT_TRUE(read_count_tokens_request(body, reader, request));
  EXPECT_GT(request.needs.input_tokens, 3);
  EXPECT_EQ(request.needs.output_tokens, 0);
  EXPECT_FALSE(read_messages_request(body, reader, request));
  std::string answer;
  write_count_tokens_body(2095, answer);
  EXPECT_EQ(answer, R"({"input_tokens":2095})");
  json::Document document;
  EXPECT_EQ(read_count_tokens_body(answer, document), 2095);
  EXPECT_FALSE(read_count_tokens_body(R"({"input_tokens":-1})", document));
  EXPECT_FALSE(read_count_tokens_body(R"({"input_tokens":1)", document));
}

TEST(ForwardMessages, EditsTheModelAndNothingElse) {
  const std::string body =
      R"({ "model" : "auto","max_tokens":1, "temperature":1.0e0 ,"messages":[{"role":"user","content":"x\u00e9"}],"z":[ ]} )";
  const auto [result, request] = read(body);
  ASSERT_TRUE(result);
  json::Splices splices;
  ASSERT_TRUE(forward_body(request, "claude-\"x\"", splices));
  EXPECT_EQ(
      splices.to_string(),
      R"({ "model" : "claude-\"x\"","max_tokens":1, "temperature":1.0e0 ,"messages":[{"role":"user","content":"x\u00e9"}],"z":[ ]} )");
  ASSERT_TRUE(forward_body(request, "auto", splices));
  EXPECT_EQ(splices.to_string(), body);
  llm::ChatRequest foreign;
  foreign.body = "{}";
  EXPECT_FALSE(forward_body(foreign, "m", splices));
}

TEST(ForwardMessages, LeavesOutWhatAnotherModelThought) {
  const std::string own = R"({"type":"thinking","thinking":"why","signature":"pointsman-unsigned"})";
  const std::string signed_one = R"({"type":"thinking","thinking":"why","signature":"EqQB"})";
  const std::string text = R"({"type":"text","text":"x"})";
  const auto forwarded = [](const std::string& content) {
    const std::string front = R"({"messages":[{"role":"assistant","content":)";
    const std::string back = R"(},{"role":"user","content":"q"}],"max_tokens":1,"model":"auto"})";
    const std::string body = front + content + back;
    const auto [result, request] = read(body);
    EXPECT_TRUE(result) << body;
    json::Splices splices;
    EXPECT_TRUE(forward_body(request, "auto", splices));
    const std::string out = splices.to_string();
    EXPECT_TRUE(forward_body(request, "claude", splices));
    EXPECT_TRUE(splices.to_string().ends_with(R"("model":"claude"})"));
    return out.substr(front.size(), out.size() - front.size() - back.size());
  };
  EXPECT_EQ(forwarded("[" + own + ", " + text + "]"), "[" + text + "]");
  EXPECT_EQ(forwarded("[" + text + " , " + own + "]"), "[" + text + "]");
  EXPECT_EQ(forwarded("[" + text + "," + own + "," + own + "," + text + "]"), "[" + text + "," + text + "]");
  EXPECT_EQ(forwarded("[" + own + "," + text + "," + own + "]"), "[" + text + "]");
  EXPECT_EQ(forwarded("[" + signed_one + "," + text + "]"), "[" + signed_one + "," + text + "]");
  EXPECT_EQ(forwarded("[" + own + "]"), "[" + own + "]") << "a message is not emptied";
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
