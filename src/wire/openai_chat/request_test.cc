#include "wire/openai_chat/request.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "json/text.h"
#include "wire/excerpt.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Capability;
using llm::Turn;

base::Result<llm::ChatRequest> read(std::string_view body) {
  Reader reader;
  llm::ChatRequest request;
  PM_CHECK(read_chat_request(body, reader, request));
  return request;
}

// A body around extra members and these messages.
std::string body_with(std::string_view members, std::string_view messages = R"([{"role":"user","content":"hi"}])") {
  return R"({"model":"auto",)" + std::string(members) + (members.empty() ? "" : ",") + R"("messages":)" +
         std::string(messages) + "}";
}

TEST(ReadChatRequest, FindsModelAndWhereItStands) {
  const std::string body = R"( { "messages" : [{"role":"user","content":"hi"}], "model" : "a\u0075to" , "x":1e999})";
  const auto request = read(body);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->model, "auto");
  EXPECT_EQ(body.substr(request->model_value.begin, request->model_value.end - request->model_value.begin),
            R"("a\u0075to")");
  EXPECT_EQ(request->object_begin, 2U);
  EXPECT_EQ(request->text, "hi");
  EXPECT_EQ(request->messages, 1U);
  EXPECT_FALSE(request->stream);
}

TEST(ReadChatRequest, TellsPeopleApartByWhatTheClientCallsThem) {
  const auto user = [](std::string_view members) {
    const auto request = read(body_with(members));
    return request ? request->user : 1;
  };
  const std::uint64_t ada = base::xxh3("ada");
  EXPECT_EQ(user(""), 0U);
  EXPECT_EQ(user(R"("user":"")"), 0U);
  EXPECT_EQ(user(R"("user":"ada")"), ada);
  EXPECT_EQ(user(R"("user":"\u0061da")"), ada);
  EXPECT_EQ(user(R"("safety_identifier":"ada","user":"bob")"), ada);
  EXPECT_EQ(user(R"("user":"bob","safety_identifier":"ada")"), ada);
  EXPECT_EQ(user(R"("user":null)"), 0U);
  EXPECT_EQ(user(R"("user":{"deep":[1]},"safety_identifier":7)"), 0U) << "the upstream judges";
}

TEST(ReadChatRequest, KnowsTheSessionByItsCacheKey) {
  const auto session = [](std::string_view members) {
    const auto request = read(body_with(members));
    return request ? request->session : 1;
  };
  EXPECT_EQ(session(""), 0U);
  EXPECT_EQ(session(R"("prompt_cache_key":"talk-7")"), base::xxh3("talk-7"));
  EXPECT_EQ(session(R"("prompt_cache_key":"t\u0061lk-7")"), base::xxh3("talk-7"));
  EXPECT_EQ(session(R"("prompt_cache_key":"")"), 0U);
  EXPECT_EQ(session(R"("prompt_cache_key":[7])"), 0U) << "the upstream judges";
}

TEST(ReadChatRequest, KnowsWhenItAsksForPriority) {
  const auto priority = [](const std::string& tier) {
    const auto request = read(body_with(R"("service_tier":)" + tier));
    return request && request->priority;
  };
  EXPECT_TRUE(priority(R"("priority")"));
  EXPECT_FALSE(priority(R"("flex")"));
  EXPECT_FALSE(priority("7"));
}

TEST(ReadChatRequest, DerivesWhatTheModelMustBeAbleToDo) {
  struct Case {
    std::string body;
    llm::CapabilitySet wanted;
  };
  const auto part = [](std::string_view json) {
    return body_with("", R"([{"role":"user","content":[{"type":"text","text":"x"},)" + std::string(json) + "]}]");
  };
  const Case cases[] = {
      {body_with(""), {}},
      {body_with(R"("tools":[{"type":"function","function":{"name":"f"}}])"), {Capability::kTools}},
      {body_with(R"("functions":[{"name":"f"}])"), {Capability::kTools}},
      {body_with(R"("tools":[])"), {}},
      {body_with(R"("tools":null,"n":null,"stream":null,"stream_options":null,"response_format":null)"), {}},
      {body_with(R"("parallel_tool_calls":true,"tools":[{}])"), {Capability::kTools, Capability::kParallelTools}},
      {body_with(R"("parallel_tool_calls":true)"), {}},
      {body_with(R"("modalities":["text","audio"])"), {Capability::kAudioOutput}},
      {body_with(R"("response_format":{"type":"json_object"})"), {Capability::kJsonMode}},
      {body_with(R"("response_format":{"json_schema":{"name":"s"},"type":"json_schema"})"), {Capability::kJsonSchema}},
      {body_with(R"("response_format":{"type":"text"})"), {}},
      {body_with(R"("logprobs":true)"), {Capability::kLogprobs}},
      {body_with(R"("logprobs":false,"top_logprobs":0)"), {}},
      {body_with(R"("top_logprobs":3)"), {Capability::kLogprobs}},
      {body_with(R"("n":2)"), {Capability::kMultipleChoices}},
      {body_with(R"("n":1)"), {}},
      {body_with(R"("web_search_options":{})"), {Capability::kWebSearch}},
      {part(R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}})"), {Capability::kVision}},
      {part(R"({"input_audio":{"data":"AAAA","format":"wav"},"type":"input_audio"})"), {Capability::kAudioInput}},
      {part(R"({"type":"file","file":{"file_id":"f"}})"), {Capability::kFileInput}},
      {part(R"({"type":"something_new","data":[1,2]})"), {}},
  };
  for (const Case& c : cases) {
    const auto request = read(c.body);
    ASSERT_TRUE(request) << c.body << ": " << request.error().message();
    EXPECT_EQ(request->needs.capabilities, c.wanted) << c.body;
  }
}

TEST(ReadChatRequest, RefusesWrongTypesNamingThePlace) {
  struct Case {
    std::string body;
    std::string_view place;
  };
  const auto in_message = [](std::string_view members) { return body_with("", "[{" + std::string(members) + "}]"); };
  const Case cases[] = {
      {"[]", ""},
      {"\"x\"", ""},
      {"{}", "/model"},
      {R"({"model":"a"})", "/messages"},
      {R"({"model":1,"messages":[]})", "/model"},
      {R"({"model":null,"messages":[]})", "/model"},
      {R"({"model":"","messages":[]})", "/model"},
      {R"({"model":")" + std::string(257, 'm') + R"(","messages":[]})", "/model"},
      {R"({"model":")" + std::string(5000, 'm') + R"(","messages":[]})", "/model"},
      {body_with("", "[]"), "/messages"},
      {body_with("", "{}"), "/messages"},
      {body_with("", "null"), "/messages"},
      {body_with("", "[1]"), "/messages/0"},
      {in_message(""), "/messages/0/role"},
      {in_message(R"("role":1)"), "/messages/0/role"},
      {in_message(R"("role":"user","content":1)"), "/messages/0/content"},
      {in_message(R"("role":"user","content":{})"), "/messages/0/content"},
      {in_message(R"("role":"user","content":["x"])"), "/messages/0/content/0"},
      {in_message(R"("role":"user","content":[{"type":"text","text":"a"},{"type":2}])"), "/messages/0/content/1/type"},
      {in_message(R"("role":"user","content":[{"text":"a"}])"), "/messages/0/content/0/type"},
      {in_message(R"("role":"user","content":[{"type":"text"}])"), "/messages/0/content/0/text"},
      {in_message(R"("role":"user","content":[{"type":"text","text":[]}])"), "/messages/0/content/0/text"},
      {body_with(R"("stream":"true")"), "/stream"},
      {body_with(R"("stream":1)"), "/stream"},
      {body_with(R"("stream_options":[])"), "/stream_options"},
      {body_with(R"("stream_options":{"include_usage":1})"), "/stream_options/include_usage"},
      {body_with(R"("tools":{})"), "/tools"},
      {body_with(R"("tools":[{},3])"), "/tools/1"},
      {body_with(R"("n":0)"), "/n"},
      {body_with(R"("n":129)"), "/n"},
      {body_with(R"("n":1.5)"), "/n"},
      {body_with(R"("max_tokens":"5")"), "/max_tokens"},
      {body_with(R"("max_completion_tokens":99999999999999999999)"), "/max_completion_tokens"},
      {body_with(R"("modalities":["text",1])"), "/modalities/1"},
      {body_with(R"("response_format":"json")"), "/response_format"},
      {body_with(R"("response_format":{"type":1})"), "/response_format/type"},
      {body_with(R"("web_search_options":true)"), "/web_search_options"},
      {body_with(R"("logprobs":1)"), "/logprobs"},
  };
  for (const Case& c : cases) {
    const auto request = read(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code(), base::ErrorCode::kInvalidArgument) << c.body;
    EXPECT_EQ(request.error().origin(), base::Origin::kClient);
    EXPECT_EQ(request.error().place(), c.place) << c.body;
  }
}

TEST(ReadChatRequest, RefusesDuplicatesOfMembersItInterprets) {
  struct Case {
    std::string body;
    std::string_view place;
  };
  const Case cases[] = {
      {body_with(R"("model":"other")"), "/model"},
      {body_with(R"("mod\u0065l":"other")"), "/model"},
      {body_with(R"("stream":true,"stream":false)"), "/stream"},
      {body_with(R"("messages":[])"), "/messages"},
      {body_with("", R"([{"role":"user","content":"a","content":"b"}])"), "/messages/0/content"},
      {body_with("", R"([{"role":"user","role":"system"}])"), "/messages/0/role"},
      {body_with("", R"([{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}])"),
       "/messages/0/content/0/text"},
      {body_with(R"("stream_options":{"include_usage":true,"include_usage":false})"), "/stream_options/include_usage"},
      {body_with(R"("response_format":{"type":"text","type":"json_object"})"), "/response_format/type"},
  };
  for (const Case& c : cases) {
    const auto request = read(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code(), base::ErrorCode::kInvalidArgument);
    if (c.place != "/messages") {
      EXPECT_EQ(request.error().place(), c.place) << c.body;
      EXPECT_NE(request.error().message().find("twice"), std::string::npos);
    }
  }
  EXPECT_TRUE(read(body_with(R"("metadata":{"a":1,"a":2},"x":1,"x":2)"))) << "what we do not interpret is not ours";
}

TEST(ReadChatRequest, SaysFirstThatABodyIsNotJson) {
  for (const std::string_view body :
       {R"({"model":1,"messages":[})", R"({"stream":"x",})", "{\"model\":1,\"a\":\"\xFF\"}", "", "{",
        R"({"model":"a","messages":[{"role":"user"}]} x)"}) {
    const auto request = read(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code(), base::ErrorCode::kParse) << body;
    EXPECT_FALSE(request.error().place().empty());
  }
  std::string deep = body_with(R"("x":)" + std::string(128, '[') + std::string(128, ']'));
  EXPECT_EQ(read(deep).error().code(), base::ErrorCode::kParse);
  deep = body_with(R"("x":)" + std::string(127, '[') + std::string(127, ']'));
  EXPECT_TRUE(read(deep));
}

TEST(ReadChatRequest, TellsWhoSpokeLastAndWhatTheUserSaid) {
  struct Case {
    std::string_view messages;
    Turn turn;
    std::string_view text;
    std::string_view context;
  };
  const Case cases[] = {
      {R"([{"role":"system","content":"s"},{"content":"caf\u00e9\n","role":"user"}])", Turn::kUser, "caf\xC3\xA9\n",
       ""},
      {R"([{"role":"user","content":"one"},{"role":"assistant","content":"x"},{"role":"user","content":[{"type":"text",
         "text":"two"},{"type":"image_url","image_url":{"url":"u"}},{"text":"three","type":"text"}]}])",
       Turn::kUser, "two\nthree", "one"},
      {R"([{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]},
         {"role":"tool","tool_call_id":"1","content":"r"}])",
       Turn::kToolResult, "q", ""},
      {R"([{"role":"user","content":"q"},{"role":"function","name":"f","content":"r"}])", Turn::kToolResult, "q", ""},
      {R"([{"role":"user","content":"q"},{"role":"assistant","content":"prefill"}])", Turn::kOther, "q", ""},
      {R"([{"role":"system","content":"only"}])", Turn::kOther, "", ""},
      {R"([{"role":"user","content":"a"},{"role":"user","content":""}])", Turn::kUser, "", "a"},
  };
  for (const Case& c : cases) {
    const auto request = read(body_with("", c.messages));
    ASSERT_TRUE(request) << request.error().message();
    EXPECT_EQ(request->turn, c.turn) << c.messages;
    EXPECT_EQ(request->text, c.text) << c.messages;
    EXPECT_EQ(request->context, c.context) << c.messages;
  }
}

TEST(ReadChatRequest, GivesEveryTurnOfAConversationTheSameHash) {
  const std::string first = R"([{"role":"system","content":"be brief"},{"role":"user","content":"hello"})";
  const auto a = read(body_with("", first + "]"));
  const auto b = read(body_with(
      R"("temperature":1)",
      first +
          R"(,{"role":"assistant","content":"yes?"},{"role":"user","content":"more"},{"role":"system","content":"z"}])"));
  const auto parts = read(body_with("", R"([{"role":"developer","content":[{"type":"text","text":"be brief"}]},
                                           {"role":"user","content":"hello"}])"));
  const auto other = read(body_with("", R"([{"role":"system","content":"be brief"},{"role":"user","content":"bye"}])"));
  EXPECT_EQ(a->conversation, b->conversation);
  EXPECT_EQ(a->conversation, parts->conversation);
  EXPECT_NE(a->conversation, other->conversation);
}

TEST(ReadChatRequest, ReadsLimitsAndEstimatesTokens) {
  auto request = read(body_with(R"("max_tokens":100)"));
  EXPECT_EQ(request->needs.output_tokens, 100);
  request = read(body_with(R"("max_completion_tokens":50,"max_tokens":100,"n":3)"));
  EXPECT_EQ(request->needs.output_tokens, 50);
  EXPECT_EQ(request->choices, 3U);
  EXPECT_EQ(read(body_with(R"("max_tokens":-1)"))->needs.output_tokens, 0);

  const auto small = read(body_with(""))->needs.input_tokens;
  EXPECT_GE(small, 8);
  EXPECT_LE(small, 10);
  const std::string image = R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,)" +
                            std::string(100'000, 'A') + R"("}}]}])";
  EXPECT_EQ(read(body_with("", image))->needs.input_tokens, kImageTokens + kMessageTokens + kPrimingTokens);
  // A Chinese text costs the same whether it is escaped or not.
  const auto plain = read(body_with("", "[{\"role\":\"user\",\"content\":\"\xE4\xBA\xBA\xE5\xB7\xA5\"}]"));
  const auto escaped = read(body_with("", R"([{"role":"user","content":"\u4eba\u5de5"}])"));
  EXPECT_EQ(plain->needs.input_tokens, escaped->needs.input_tokens);
}

TEST(ReadChatRequest, KeepsHeadAndTailOfALongMessage) {
  const std::string text = "BEGIN" + std::string(100'000, 'x') + "END";
  const auto request = read(body_with("", R"([{"role":"user","content":")" + text + R"("}])"));
  ASSERT_TRUE(request);
  EXPECT_LE(request->text.size(), llm::ChatRequest::kMaxText);
  EXPECT_GE(request->text.size(), llm::ChatRequest::kMaxText - 2);
  EXPECT_TRUE(request->text.starts_with("BEGINxx"));
  EXPECT_TRUE(request->text.ends_with("xxEND"));
  EXPECT_NE(request->text.find(kOmission), std::string::npos);
}

TEST(ReadChatRequest, ReadsManyRequestsWithOneReader) {
  Reader reader;
  llm::ChatRequest request;
  const std::string big = body_with("", R"([{"role":"user","content":")" + std::string(3U << 20, 'a') + R"("}])");
  const std::string good = body_with(R"("stream":true)");
  ASSERT_TRUE(read_chat_request(big, reader, request));
  ASSERT_FALSE(read_chat_request("{", reader, request));
  ASSERT_TRUE(read_chat_request(good, reader, request));
  EXPECT_TRUE(request.stream);
  EXPECT_EQ(request.text, "hi");
  EXPECT_EQ(request.messages, 1U);
}

TEST(ReadChatRequest, TakesABodyOfTwentyMegabytes) {
  const std::string frame = body_with("", R"([{"role":"user","content":""}])");
  const std::size_t limit = 20U << 20;
  std::string body =
      body_with("", R"([{"role":"user","content":")" + std::string(limit - frame.size(), 'a') + R"("}])");
  ASSERT_EQ(body.size(), limit);
  EXPECT_TRUE(read(body));
  body += ' ';
  EXPECT_EQ(read(body).error().code(), base::ErrorCode::kTooLarge);
}

TEST(Excerpt, EqualsHeadAndTailOfTheDecodedTextForAnyEscapes) {
  const std::string_view units[] = {"x",
                                    "\\n",
                                    "\\u0041",
                                    "\\u4eba",
                                    "\\ud83d\\ude00",
                                    "\xE4\xBA\xBA",
                                    "\\\\",
                                    "\\\"",
                                    "ab\\u00e9\\n\xF0\x9F\x98\x80"};
  std::string scratch;
  std::string out;
  for (const std::string_view unit : units) {
    for (const std::size_t count : {1U, 9U, 10U, 11U, 20U, 60U, 61U, 100U, 1000U}) {
      std::string raw;
      for (std::size_t i = 0; i < count; ++i) raw += unit;
      const json::RawString parts[] = {{raw, json::classify_escapes(raw)}, {"tail", json::Escapes::kNone}};
      std::string whole;
      json::unescape(raw, whole);
      whole += "\ntail";
      excerpt(parts, 67, scratch, out);
      if (whole.size() <= 67) {
        EXPECT_EQ(out, whole) << unit;
      } else {
        const std::string wanted = std::string(json::utf8_prefix(whole, 30)) + std::string(kOmission) +
                                   std::string(json::utf8_suffix(whole, 30));
        EXPECT_EQ(out, wanted) << unit << " x " << count;
      }
      EXPECT_EQ(json::find_invalid_utf8(out), std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
