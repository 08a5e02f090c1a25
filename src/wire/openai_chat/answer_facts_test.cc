#include "wire/openai_chat/answer_facts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pointsman::wire::openai_chat {
namespace {

AnswerFacts read(std::string_view body, bool text_is_json = false) {
  json::Document document;
  return read_answer_facts(body, text_is_json, document);
}

std::string answer(std::string_view message, std::string_view more = R"("finish_reason":"stop")") {
  return R"({"choices":[{"index":0,"message":)" + std::string(message) + "," + std::string(more) +
         R"(}],"usage":{"prompt_tokens":10,"completion_tokens":4}})";
}

TEST(AnswerFacts, AGoodAnswerHasNothingAgainstIt) {
  const AnswerFacts facts = read(answer(R"({"role":"assistant","content":"Oslo."})"));
  EXPECT_TRUE(facts.whole);
  EXPECT_FALSE(facts.empty || facts.cut_short || facts.filtered || facts.broken_json || facts.broken_call);
  EXPECT_EQ(facts.mean_logprob, std::nullopt);
  EXPECT_EQ(facts.usage.output_tokens, 4);
}

TEST(AnswerFacts, WhatIsNotAWholeAnswerIsNone) {
  for (const char* body : {"", "{", "[]", R"({"choices":[]})", R"({"choices":null})", R"({"error":{"message":"x"}})",
                           R"({"choices":[{"message":{"content":"x"}}],"error":{}})", R"({"choices":[{]})"}) {
    EXPECT_FALSE(read(body).whole) << body;
  }
}

TEST(AnswerFacts, TheMeanIsOverAllTokensOfAllChoices) {
  const std::string one =
      R"({"message":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,)"
      R"("top_logprobs":[{"token":"b","logprob":-9}]},{"token":"!","logprob":-1.5e0}],"refusal":null}})";
  const std::string two = R"({"message":{"content":"b"},"logprobs":{"content":[{"logprob":-4,"token":"b"}]}})";
  const std::string body = R"({"choices":[)" + one + "," + two + R"(,{"message":{"content":"c"},"logprobs":null}]})";
  const AnswerFacts facts = read(body);
  ASSERT_TRUE(facts.mean_logprob.has_value());
  EXPECT_DOUBLE_EQ(*facts.mean_logprob, -2);
  ASSERT_EQ(facts.logprobs.size(), 2U);
  for (const llm::ByteRange& range : facts.logprobs) {
    EXPECT_EQ(body[range.begin], '{');
    EXPECT_EQ(body[range.end - 1], '}');
  }
}

TEST(AnswerFacts, OddLogprobsAreLeftOut) {
  const auto mean = [](std::string_view tokens) {
    return read(answer(R"({"content":"x"})", R"("logprobs":{"content":[)" + std::string(tokens) + "]}")).mean_logprob;
  };
  EXPECT_EQ(mean(""), std::nullopt);
  EXPECT_EQ(mean(R"({"logprob":null},{"logprob":"-1"},{"token":"x"},7)"), std::nullopt);
  EXPECT_EQ(mean(R"({"logprob":-1},{"logprob":3})"), -1);
}

TEST(AnswerFacts, EndsAreSeen) {
  EXPECT_TRUE(read(answer(R"({"content":"x"})", R"("finish_reason":"length")")).cut_short);
  EXPECT_TRUE(read(answer(R"({"content":"x"})", R"("finish_reason":"content_filter")")).filtered);
}

TEST(AnswerFacts, SilenceIsEmptyButCallsRefusalsAndAudioAreNot) {
  EXPECT_TRUE(read(answer(R"({"content":""})")).empty);
  EXPECT_TRUE(read(answer(R"({"content":" \n"})")).empty);
  EXPECT_TRUE(read(answer(R"({"content":null,"tool_calls":[],"refusal":null})")).empty);
  EXPECT_FALSE(read(answer(R"({"content":null,"refusal":"no"})")).empty);
  EXPECT_FALSE(read(answer(R"({"content":null,"audio":{"id":"a"}})")).empty);
  EXPECT_FALSE(read(answer(R"({"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})")).empty);
}

TEST(AnswerFacts, TextThatHadToBeJsonIsChecked) {
  EXPECT_FALSE(read(answer(R"({"content":"{\"a\": [1]}"})"), true).broken_json);
  EXPECT_FALSE(read(answer(R"({"content":" [1]\n"})"), true).broken_json);
  for (const char* text : {"{\\\"a\\\": ", "Sure: {}", "7", "```json\\n{}\\n```", ""}) {
    const std::string body = answer(R"({"content":")" + std::string(text) + R"("})");
    EXPECT_TRUE(read(body, true).broken_json) << text;
    EXPECT_FALSE(read(body, false).broken_json) << text;
  }
  EXPECT_FALSE(read(answer(R"({"content":null,"refusal":"no"})"), true).broken_json) << "a refusal owes no JSON";
}

TEST(AnswerFacts, ArgumentsOfToolCallsAreChecked) {
  const auto broken = [](std::string_view arguments) {
    return read(answer(R"({"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":")" +
                       std::string(arguments) + R"("}}]})"))
        .broken_call;
  };
  EXPECT_FALSE(broken(R"({\"city\":\"Oslo\"})"));
  EXPECT_FALSE(broken(""));
  EXPECT_TRUE(broken(R"({\"city\":)"));
  EXPECT_TRUE(broken("Oslo"));
  EXPECT_TRUE(broken("[]"));
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
