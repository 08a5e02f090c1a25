#include "wire/openai_responses/request.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "wire/openai_responses/forward.h"
#include "wire/openai_responses/sealed.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Capability;
using llm::Turn;

base::Result<llm::ChatRequest> read(std::string_view body) {
  Reader reader;
  llm::ChatRequest request;
  PM_CHECK(read_responses_request(body, reader, request));
  return request;
}

std::string body_with(std::string_view members, std::string_view input = R"("hi")") {
  return R"({"model":"auto",)" + std::string(members) + (members.empty() ? "" : ",") + R"("input":)" +
         std::string(input) + "}";
}

TEST(ReadResponsesRequest, FindsModelAndWhereItStands) {
  const std::string body = R"( { "input" : "hi", "model" : "a\u0075to" , "x":1e999, "stream":true, "user":"ada"})";
  const auto request = read(body);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->model, "auto");
  EXPECT_EQ(body.substr(request->model_value.begin, request->model_value.end - request->model_value.begin),
            R"("a\u0075to")");
  EXPECT_EQ(request->object_begin, 2U);
  EXPECT_EQ(request->text, "hi");
  EXPECT_EQ(request->messages, 1U);
  EXPECT_EQ(request->turn, Turn::kUser);
  EXPECT_EQ(request->user, base::xxh3("ada"));
  EXPECT_TRUE(request->stream);
}

TEST(ReadResponsesRequest, DerivesWhatTheModelMustBeAbleToDo) {
  struct Case {
    std::string body;
    llm::CapabilitySet wanted;
  };
  const Case cases[] = {
      {body_with(""), {}},
      {body_with(R"("tools":[],"parallel_tool_calls":true)"), {}},
      {body_with(R"("tools":[{"type":"function","name":"f"}])"), {Capability::kTools}},
      {body_with(R"("tools":[{"name":"f","type":"custom"}],"parallel_tool_calls":true)"),
       {Capability::kTools, Capability::kParallelTools}},
      {body_with(R"("tools":[{"type":"web_search_preview_2025_03_11"}])"), {Capability::kWebSearch}},
      {body_with(R"("text":{"format":{"type":"json_schema","schema":{}}})"), {Capability::kJsonSchema}},
      {body_with(R"("text":{"verbosity":"low","format":{"type":"json_object"}})"), {Capability::kJsonMode}},
      {body_with(R"("include":["message.output_text.logprobs"],"top_logprobs":3)"), {Capability::kLogprobs}},
      {body_with("", R"([{"role":"user","content":[{"type":"input_image","image_url":"u"}]}])"), {Capability::kVision}},
      {body_with("", R"([{"type":"computer_call_output","output":{"type":"computer_screenshot","image_url":"u"}}])"),
       {Capability::kVision}},
      {body_with("",
                 R"([{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"f"}]}])"),
       {Capability::kFileInput}},
      {body_with("", R"([{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA"}}]}])"),
       {Capability::kAudioInput}},
  };
  for (const Case& c : cases) {
    const auto request = read(c.body);
    ASSERT_TRUE(request) << c.body << request.error().message();
    EXPECT_EQ(request->needs.capabilities, c.wanted) << c.body;
  }
}

TEST(ReadResponsesRequest, KeepsTheTextsOfTheLastUserMessages) {
  const auto request = read(body_with(R"("max_output_tokens":9,"instructions":"be kind")", R"([
      {"role":"user","content":"one"},
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"reply"}]},
      {"content":[{"type":"input_text","text":"two"},{"text":"three","type":"input_text"}],"role":"user","type":"message"},
      {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
      {"type":"function_call_output","call_id":"c","output":"42"}])"));
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->text, "two\nthree");
  EXPECT_EQ(request->context, "one");
  EXPECT_EQ(request->turn, Turn::kToolResult);
  EXPECT_EQ(request->messages, 5U);
  EXPECT_EQ(request->needs.output_tokens, 9);
  EXPECT_GT(request->needs.input_tokens, 20);
  EXPECT_LT(request->needs.input_tokens, 120);
}

TEST(ReadResponsesRequest, KnowsWhatTheClientAndTheProviderCallTheConversation) {
  const auto request = read(body_with(R"("prompt_cache_key":"k","previous_response_id":"resp_1")", R"("hi")"));
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->session, base::xxh3("k"));
  EXPECT_EQ(request->previous, base::xxh3("resp_1"));
  const auto session = [](std::string_view members) { return read(body_with(members, R"("hi")"))->session; };
  EXPECT_EQ(session(R"("conversation":"conv_1")"), base::xxh3("conv_1"));
  EXPECT_NE(session(R"("conversation":{"id":"conv_1"})"), 0U);
  EXPECT_EQ(session(R"("conversation":"conv_1","prompt_cache_key":"k")"), base::xxh3("k"));
  EXPECT_EQ(session(R"("conversation":null)"), 0U);
  EXPECT_EQ(read(body_with(R"("previous_response_id":null)", R"("hi")"))->previous, 0U);
}

TEST(ReadResponsesRequest, KnowsAConversationByItsInstructionsAndFirstUserMessage) {
  const auto conversation = [](std::string_view body) { return read(body)->conversation; };
  const auto first = conversation(R"({"model":"a","instructions":"s","input":"q"})");
  EXPECT_EQ(first, conversation(R"({"input":[{"role":"user","content":"q"}],"instructions":"s","model":"b"})"));
  EXPECT_EQ(first, conversation(R"({"model":"a","instructions":"s","input":[{"role":"user","content":"q"},
      {"role":"assistant","content":"a"},{"role":"user","content":"more"}]})"));
  EXPECT_NE(first, conversation(R"({"model":"a","instructions":"t","input":"q"})"));
  EXPECT_NE(first, conversation(R"({"model":"a","instructions":"s","input":"r"})"));
}

TEST(ReadResponsesRequest, NeedsNoInputWhereTheProviderHasIt) {
  for (const std::string_view member :
       {R"("previous_response_id":"resp_1")", R"("conversation":{"id":"c"})", R"("prompt":{"id":"p"})"}) {
    const auto request = read(R"({"model":"a",)" + std::string(member) + "}");
    ASSERT_TRUE(request) << member;
    EXPECT_EQ(request->turn, Turn::kOther);
  }
}

TEST(ReadResponsesRequest, LeavesToTheProviderWhatItDoesNotRead) {
  EXPECT_TRUE(read(body_with(R"("reasoning":7,"metadata":[{}],"tool_choice":{"type":"new"})", R"([
      {"type":"item_reference","id":"x"},{"id":"y"},{"type":"mcp_call","output":null,"content":3},
      {"type":"image_generation_call","result":"AAAA"},{"type":"reasoning","summary":[],"encrypted_content":"z"}])")));
}

TEST(ReadResponsesRequest, NamesThePlaceOfWhatItRefuses) {
  struct Case {
    std::string body;
    std::string_view place;
    base::ErrorCode code = base::ErrorCode::kInvalidArgument;
  };
  const Case cases[] = {
      {R"({"input":"hi"})", "/model"},
      {R"({"model":"a"})", "/input"},
      {R"({"model":"a","previous_response_id":null})", "/input"},
      {R"({"model":"a","model":"b","input":"x"})", "/model"},
      {body_with("", "7"), "/input"},
      {body_with("", R"(["x"])"), "/input/0"},
      {body_with("", R"([{"role":"user","role":"user","content":"x"}])"), "/input/0/role"},
      {body_with("", R"([{"role":"user","content":["x"]}])"), "/input/0/content/0"},
      {body_with("", R"([{"role":"user","content":[{"type":"input_text","text":7}]}])"), "/input/0/content/0/text"},
      {body_with(R"("tools":[{"type":1}])"), "/tools/0/type"},
      {body_with(R"("include":[1])"), "/include/0"},
      {body_with(R"("background":true)"), "/background", base::ErrorCode::kUnsupported},
      {R"({"model":"a","input":)", "", base::ErrorCode::kParse},
  };
  for (const Case& c : cases) {
    const auto request = read(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code(), c.code) << c.body;
    if (c.code != base::ErrorCode::kParse) EXPECT_EQ(request.error().place(), c.place) << c.body;
    EXPECT_EQ(request.error().origin(), base::Origin::kClient);
  }
}

std::string forward(std::string_view body, std::string_view model, std::size_t left_out) {
  Reader reader;
  llm::ChatRequest request;
  json::Document document;
  json::Splices splices;
  EXPECT_TRUE(read_responses_request(body, reader, request)) << body;
  const auto dropped = forward_body(request, model, document, splices);
  EXPECT_EQ(dropped.value_or(99), left_out);
  EXPECT_EQ(splices.to_string().size(), splices.size());
  return splices.to_string();
}

TEST(ForwardResponsesBody, EditsOnlyTheModel) {
  const std::string tail = R"( , "input" : "x", "big":12345678901234567890123,"u":"\u0041" }
)";
  EXPECT_EQ(forward(R"({"z":{"model":"x"},"model":"auto")" + tail, "gpt \"4\"", 0),
            R"({"z":{"model":"x"},"model":"gpt \"4\"")" + tail);
  EXPECT_EQ(forward(R"({"model":"auto")" + tail, "auto", 0), R"({"model":"auto")" + tail);
}

TEST(ForwardResponsesBody, LeavesOutReasoningThatAnotherProviderProved) {
  llm::Part part;
  part.signature = "sig";
  const std::string ours = R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":")" + seal(part) + "\"}";
  const std::string theirs = R"({"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA"})";
  const std::string said = R"({"role":"user","content":")" + seal(part) + "\"}";
  const auto with = [](const std::string& items) { return R"({"input":[)" + items + R"( ],"model":"a"})"; };
  const auto named = [](const std::string& items) { return R"({"input":[)" + items + R"( ],"model":"b"})"; };
  EXPECT_EQ(forward(with(said), "b", 0), named(said)) << "only reasoning items are looked at";
  EXPECT_EQ(forward(with(ours), "b", 1), named(""));
  EXPECT_EQ(forward(with(ours + ", " + said), "b", 1), named(said));
  EXPECT_EQ(forward(with(said + " , " + ours), "b", 1), named(said));
  EXPECT_EQ(forward(with(said + "," + ours + "," + ours + ",\n" + theirs), "b", 2), named(said + "," + theirs));
  EXPECT_EQ(forward(with(ours + "," + said + "," + ours), "b", 2), named(said));
  EXPECT_EQ(forward(R"({"model":"a","input":[)" + ours + "," + said + "]}", "b", 1),
            R"({"model":"b","input":[)" + said + "]}");
}

TEST(ForwardResponsesBody, FailsForARequestOfAnotherBody) {
  llm::ChatRequest request;
  request.body = "{}";
  request.model_value = {10, 20};
  json::Document document;
  json::Splices splices;
  const auto result = forward_body(request, "x", document, splices);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), base::ErrorCode::kInternal);
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
