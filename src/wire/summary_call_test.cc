// What a model is asked that shall sum up removed turns, and what is taken of its answer, in both protocols.
#include "wire/summary_call.h"

#include <gmock/gmock.h>

#include "json/text.h"

namespace pointsman::wire {
namespace {

using base::ErrorCode;
using llm::Protocol;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTold = "user: say \"hi\"\n\n";

std::string written(Protocol protocol, bool old_limit = false) {
  std::string out;
  write_summary_request(protocol, {.model = "tiny", .conversation = kTold, .max_tokens = 500, .old_limit = old_limit},
                        out);
  return out;
}

TEST(SummaryRequest, IsAChatCompletion) {
  const std::string body = written(Protocol::kChatCompletions);
  EXPECT_THAT(body,
              HasSubstr(R"({"model":"tiny","max_completion_tokens":500,"messages":[{"role":"system","content":"You)"));
  EXPECT_THAT(body, HasSubstr(R"({"role":"user","content":"<conversation>\nuser: say \"hi\"\n\n</conversation>)"));
  EXPECT_THAT(body, HasSubstr("at most 300 words"));
  EXPECT_TRUE(body.ends_with("\"}]}"));
}

TEST(SummaryRequest, NamesTheLimitAsOlderServersDo) {
  const std::string body = written(Protocol::kChatCompletions, true);
  EXPECT_THAT(body, HasSubstr(R"("max_tokens":500)"));
  EXPECT_THAT(body, Not(HasSubstr("max_completion_tokens")));
}

TEST(SummaryRequest, IsAMessage) {
  const std::string body = written(Protocol::kMessages);
  EXPECT_THAT(body, HasSubstr(R"({"model":"tiny","max_tokens":500,"system":"You)"));
  EXPECT_THAT(body, HasSubstr(R"("messages":[{"role":"user","content":"<conversation>)"));
}

TEST(SummaryRequest, CarriesItsTwoTextsAsTheyAreCounted) {
  json::Document document;
  std::string escaped;
  json::escape(summary_material(kTold), escaped);
  EXPECT_THAT(written(Protocol::kChatCompletions), HasSubstr(escaped));
  EXPECT_NE(summary_instructions(100), summary_instructions(200));
}

std::string chat_answer(std::string_view content, std::string_view reason = "stop") {
  return R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
         R"("content":)" +
         std::string(content) + R"(},"finish_reason":")" + std::string(reason) +
         R"("}],"usage":{"prompt_tokens":70,"completion_tokens":9,"total_tokens":79}})";
}

TEST(SummaryAnswer, IsItsTextWithoutSpaceAround) {
  json::Document document;
  EXPECT_EQ(read_summary_answer(Protocol::kChatCompletions, chat_answer(R"(" They spoke.\n ")"), document).value(),
            "They spoke.");
  const std::string message =
      R"({"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"They "},)"
      R"({"type":"text","text":"spoke."}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":3}})";
  EXPECT_EQ(read_summary_answer(Protocol::kMessages, message, document).value(), "They spoke.");
  EXPECT_EQ(read_summary_usage(Protocol::kMessages, message, document).output_tokens, 3);
}

TEST(SummaryAnswer, CountsWhereItRanIntoItsLimit) {
  json::Document document;
  EXPECT_EQ(read_summary_answer(Protocol::kChatCompletions, chat_answer(R"("They sp")", "length"), document).value(),
            "They sp");
}

TEST(SummaryAnswer, IsNoneWhereNothingIsSaidOrAFilterEndedIt) {
  json::Document document;
  for (const std::string& body : {chat_answer("\" \\n\""), chat_answer("null"),
                                  chat_answer("\"They\"", "content_filter"), std::string(R"({"choices":[]})")}) {
    EXPECT_FALSE(read_summary_answer(Protocol::kChatCompletions, body, document)) << body;
  }
  const auto broken = read_summary_answer(Protocol::kChatCompletions, "no JSON", document);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().origin(), base::Origin::kUpstream);
}

TEST(SummaryAnswer, TellsWhatItUsedEvenIfItSaysNothing) {
  json::Document document;
  const llm::Usage used = read_summary_usage(Protocol::kChatCompletions, chat_answer("null"), document);
  EXPECT_EQ(used.input_tokens, 70);
  EXPECT_EQ(used.output_tokens, 9);
}

}  // namespace
}  // namespace pointsman::wire
