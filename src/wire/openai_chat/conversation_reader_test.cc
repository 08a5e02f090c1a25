#include "wire/openai_chat/conversation_reader.h"

#include <gtest/gtest.h>

namespace pointsman::wire::openai_chat {
namespace {

using llm::PartKind;

struct Outcome {
  llm::Conversation conversation;
  llm::Losses losses;
};

base::Result<Outcome> read(std::string_view body) {
  json::Document document;
  Outcome out;
  PM_TRY(out.losses, read_conversation(body, document, out.conversation));
  return out;
}
std::string body_with(std::string_view members, std::string_view messages = R"([{"role":"user","content":"hi"}])") {
  return R"({"model":"auto",)" + std::string(members) + (members.empty() ? "" : ",") + R"("messages":)" +
         std::string(messages) + "}";
}
base::Result<Outcome> read_messages(std::string_view messages) {
  return read(body_with("", messages));
}

TEST(ReadConversation, SplitsDataUrls) {
  const auto got = read_messages(
      R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"DATA:image/jpeg;x=1;Base64,QUJD"}},)"
      R"({"type":"image_url","image_url":"https://e.org/a,b"},{"type":"image_url","image_url":{"url":"data:text/plain,hi"}},)"
      R"({"type":"input_audio","input_audio":{"data":"Uk","format":"wav"}},{"type":"file","file":{"file_data":"QUJD","filename":"n"}}]}])");
  ASSERT_TRUE(got) << got.error().message();
  const auto& parts = got->conversation.messages[0].parts;
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0].media.media_type, "image/jpeg");
  EXPECT_EQ(parts[0].media.data, "QUJD");
  EXPECT_EQ(parts[1].media.url, "https://e.org/a,b");
  EXPECT_EQ(parts[2].media.url, "data:text/plain,hi");
  EXPECT_EQ(parts[3].kind, PartKind::kAudio);
  EXPECT_EQ(parts[3].media.media_type, "audio/wav");
  EXPECT_EQ(parts[4].media.data, "QUJD");
  EXPECT_EQ(parts[4].media.name, "n");
}

TEST(ReadConversation, TakesBackWhatAnswersSaid) {
  const auto got = read_messages(
      R"([{"role":"assistant","content":"","refusal":null,"annotations":[],"audio":null,"function_call":null,"reasoning_content":"hm",)"
      R"("tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"assistant","content":"x","reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","signature":"s"}]}])");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_TRUE(got->losses.empty());
  const auto& first = got->conversation.messages[0].parts;
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].kind, PartKind::kReasoning);
  EXPECT_EQ(first[0].text, "hm");
  EXPECT_EQ(first[1].name, "f");
  const auto& second = got->conversation.messages[1].parts;
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].signature, "s");
  EXPECT_EQ(second[0].text, "a");
}

TEST(ReadConversation, AnswersLegacyCallsInTheirOrder) {
  const auto got = read_messages(
      R"([{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"},)"
      R"({"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"2"}])");
  ASSERT_TRUE(got) << got.error().message();
  const auto& messages = got->conversation.messages;
  EXPECT_NE(messages[0].parts[0].id, messages[2].parts[0].id);
  EXPECT_EQ(messages[1].parts[0].id, messages[0].parts[0].id);
  EXPECT_EQ(messages[3].parts[0].id, messages[2].parts[0].id);
  EXPECT_EQ(messages[3].parts[0].content[0].text, "2");
}

TEST(ReadConversation, ReadsHowMuchToThink) {
  const auto reasoning = [](std::string_view members) {
    const auto got = read(body_with(members));
    return got ? got->conversation.reasoning : llm::Reasoning{.effort = "?"};
  };
  EXPECT_EQ(reasoning(R"("reasoning_effort":"xhigh")").effort, "xhigh");
  EXPECT_EQ(reasoning(R"("reasoning":{"effort":"low"})").effort, "low");
  EXPECT_EQ(reasoning(R"("reasoning":{"max_tokens":900})").budget_tokens, 900);
  EXPECT_TRUE(reasoning(R"("reasoning":{"enabled":false})").disabled);
  EXPECT_EQ(reasoning(R"("thinking":{"type":"enabled","budget_tokens":50})").budget_tokens, 50);
  EXPECT_TRUE(reasoning(R"("thinking":{"type":"enabled"})").adaptive);
  EXPECT_TRUE(reasoning(R"("thinking":{"type":"disabled"})").disabled);
  const auto both = read(body_with(R"("reasoning_effort":"low","thinking":{"type":"enabled","budget_tokens":50})"));
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->conversation.reasoning.budget_tokens);
  EXPECT_EQ(both->losses, (llm::Losses{{"reasoning: budget", true}}));
}

TEST(ReadConversation, PrefersTheNewerOfTwoNames) {
  const auto got = read(body_with(R"("max_tokens":5,"max_completion_tokens":7,"user":"u","safety_identifier":"s")"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->conversation.max_output_tokens, 7);
  EXPECT_EQ(got->conversation.user, "s");
  EXPECT_EQ(got->losses, (llm::Losses{{"user", true}}));
  const auto unlimited = read(body_with(R"("max_tokens":-1)"));
  ASSERT_TRUE(unlimited);
  EXPECT_FALSE(unlimited->conversation.max_output_tokens);
}

TEST(ReadConversation, NamesWhatItHasNoPlaceFor) {
  struct Case {
    std::string body;
    llm::Losses losses;
  };
  const Case cases[] = {
      {body_with(R"("a/b":1,"c":null)"), {{"a/b", false}}},
      {body_with(R"("tools":[{"type":"web_search","x":1}])"), {{"tools[0]: web_search", false}}},
      {body_with("", R"([{"role":"user","content":[{"type":"video_url","video_url":{}}]}])"),
       {{"messages[0].content[0].video_url", false}, {"messages[0].content[0]: video_url", false}}},
      {body_with("", R"([{"role":"assistant","content":"x","audio":{"id":"a"}}])"), {{"messages[0].audio", false}}},
      {body_with("", R"([{"role":"user","content":"x","tool_calls":[{}]}])"), {{"messages[0].tool_calls", false}}},
      {body_with("", R"([{"role":"user","content":[{"type":"text","text":"x","prompt_cache_breakpoint":{"a":1}}]}])"),
       {{"messages[0].content[0].prompt_cache_breakpoint", true}}},
      {body_with(R"("response_format":{"type":"grammar"})"), {{"response_format.grammar", false}}},
  };
  for (const Case& c : cases) {
    const auto got = read(c.body);
    ASSERT_TRUE(got) << c.body << got.error().message();
    EXPECT_EQ(got->losses, c.losses) << c.body << (got->losses.empty() ? "" : got->losses[0].what);
  }
}

TEST(ReadConversation, SaysWhereAnErrorIs) {
  struct Case {
    std::string body;
    std::string_view place;
  };
  const Case cases[] = {
      {"[]", ""},
      {"{}", "/model"},
      {R"({"model":"m"})", "/messages"},
      {R"({"model":"m","messages":[]})", "/messages"},
      {R"({"model":"m","messages":[{"role":"king","content":""}]})", "/messages/0/role"},
      {body_with("", R"([{"role":"user","content":7}])"), "/messages/0/content"},
      {body_with("", R"([{"role":"user","content":[{"type":"text"}]}])"), "/messages/0/content/0/text"},
      {body_with("", R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":1}}]}])"),
       "/messages/0/content/0/image_url/url"},
      {body_with("", R"([{"role":"tool","content":"x"}])"), "/messages/0/tool_call_id"},
      {body_with("", R"([{"role":"assistant","tool_calls":[{"id":"t","function":{}}]}])"),
       "/messages/0/tool_calls/0/function"},
      {body_with(R"("tools":[{"type":"function","function":{"parameters":{}}}])"), "/tools/0/function/name"},
      {body_with(R"("tools":[{"type":"function","function":{"name":"f","parameters":[]}}])"),
       "/tools/0/function/parameters"},
      {body_with(R"("stop":["a",1])"), "/stop/1"},
      {body_with(R"("temperature":"1")"), "/temperature"},
      {body_with(R"("n":1.5)"), "/n"},
      {body_with(R"("stream_options":{"include_usage":1})"), "/stream_options/include_usage"},
      {body_with(R"("tool_choice":"maybe")"), "/tool_choice"},
      {body_with(R"("response_format":{"type":"json_schema","json_schema":{"schema":"x"}})"),
       "/response_format/json_schema/schema"},
  };
  for (const Case& c : cases) {
    const auto got = read(c.body);
    ASSERT_FALSE(got) << c.body;
    EXPECT_EQ(got.error().code(), base::ErrorCode::kInvalidArgument) << c.body;
    EXPECT_EQ(got.error().origin(), base::Origin::kClient);
    EXPECT_EQ(got.error().place(), c.place) << c.body;
  }
}

TEST(ReadConversation, RefusesWhatIsNotJsonOrCouldBeReadTwice) {
  const auto broken = read(R"({"model":"m","messages":[{]})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), base::ErrorCode::kParse);
  EXPECT_FALSE(read(body_with(R"("stop":"a","stop":"b")")));
  EXPECT_FALSE(read_messages(R"([{"role":"user","role":"system","content":"x"}])"));
  std::string deep(200, '[');
  EXPECT_FALSE(read(body_with(R"("x":)" + deep + std::string(200, ']'))));
}

TEST(ReadConversation, TakesNoMorePiecesThanItHasRoomFor) {
  std::string parts = R"([{"role":"user","content":[)";
  for (std::size_t i = 0; i < kMaxPieces; ++i)
    parts += i == 0 ? R"({"type":"text","text":"x"})" : R"(,{"type":"text","text":"x"})";
  const auto got = read_messages(parts + "]}]");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(got.error().place(), "/messages/0/content/65535");
}

TEST(ReadConversation, KeepsAShortListOfLosses) {
  std::string members;
  for (int i = 0; i < 1000; ++i) members += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\":1";
  const auto got = read(body_with(members));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->losses.size(), 65U);
  EXPECT_EQ(got->losses.back().what, "...");
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
