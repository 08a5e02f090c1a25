#include "gateway/answer_copy.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

using llm::Protocol;

std::string choice(std::string_view message, std::string_view reason) {
  return R"({"index":0,"message":{"role":"assistant",)" + std::string(message) + R"(},"finish_reason":")" +
         std::string(reason) + R"("})";
}
std::string chat(const std::string& choices) {
  return R"({"id":"c1","object":"chat.completion","model":"m","choices":[)" + choices + "]}";
}
const std::string kGood = chat(choice(R"("content":"hello")", "stop"));
const std::string kEvent = "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"}}]}\n\n";
const std::string kStop =
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string kDone = "data: [DONE]\n\n";

class AnswerCopyTest : public ::testing::Test {
 protected:
  bool keeps(Protocol protocol, bool stream, std::string_view body, std::uint32_t choices = 1) {
    AnswerCopy copy(protocol, stream, 10'000, document_);
    for (std::size_t at = 0; at < body.size(); at += 7) copy.take(body.substr(at, 7));
    copy.end();
    const auto kept = copy.finish(choices);
    if (kept) EXPECT_EQ(*kept, body);
    return kept.has_value();
  }
  bool keeps(std::string_view body, std::uint32_t choices = 1) {
    return keeps(Protocol::kChatCompletions, false, body, choices);
  }
  bool keeps_stream(std::string_view body) { return keeps(Protocol::kChatCompletions, true, body); }

  json::Document document_;
};

TEST_F(AnswerCopyTest, AWholeAnswerIsKept) {
  EXPECT_TRUE(keeps(kGood));
  EXPECT_TRUE(keeps(chat(choice(R"("content":"a","refusal":null,"tool_calls":null)", "stop"))));
}

TEST_F(AnswerCopyTest, AnAnswerThatIsNoneIsNot) {
  for (const std::string& body : {std::string("{"), std::string("[]"), chat(""), kGood.substr(0, kGood.size() - 1),
                                  std::string(R"({"error":{"message":"no"}})")}) {
    EXPECT_FALSE(keeps(body)) << body;
  }
}

TEST_F(AnswerCopyTest, OnlyAModelThatWasDoneIsRepeated) {
  for (const std::string_view reason : {"length", "content_filter", "tool_calls", "function_call", "odd"}) {
    EXPECT_FALSE(keeps(chat(choice(R"("content":"hello")", reason)))) << reason;
  }
  EXPECT_FALSE(keeps(chat(choice(R"("content":null,"refusal":"I will not")", "stop"))));
  EXPECT_FALSE(keeps(
      chat(choice(R"("tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}])", "stop"))));
}

TEST_F(AnswerCopyTest, EveryChoiceMustBeThereAndBeGood) {
  const std::string good = choice(R"("content":"hello")", "stop");
  const std::string second = R"({"index":1,"message":{"role":"assistant","content":"b"},"finish_reason":")";
  EXPECT_TRUE(keeps(chat(good + "," + second + "stop\"}"), 2));
  EXPECT_FALSE(keeps(chat(good + "," + second + "length\"}"), 2));
  EXPECT_FALSE(keeps(kGood, 2));
}

TEST_F(AnswerCopyTest, AStreamIsKeptWhenItSaidItsLastWord) {
  EXPECT_TRUE(keeps_stream(kEvent + kStop + kDone));
  EXPECT_FALSE(keeps_stream(kEvent + kStop)) << "it may have been cut";
  EXPECT_FALSE(keeps_stream(kEvent + kDone)) << "nothing says why it ended";
  EXPECT_FALSE(keeps_stream(kEvent + "data: {oops\n\n" + kStop + kDone));
  EXPECT_FALSE(keeps_stream(kEvent + "data: {\"error\":{\"message\":\"no\"}}\n\n" + kDone));
  EXPECT_FALSE(keeps_stream(""));
}

TEST_F(AnswerCopyTest, EachProtocolEndsInItsOwnWords) {
  const auto message = [](std::string_view reason) {
    return R"({"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"a"}],)"
           R"("stop_reason":")" +
           std::string(reason) + R"(","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}})";
  };
  EXPECT_TRUE(keeps(Protocol::kMessages, false, message("end_turn")));
  EXPECT_TRUE(keeps(Protocol::kMessages, false, message("stop_sequence")));
  for (const std::string_view reason : {"max_tokens", "refusal", "pause_turn", "tool_use"}) {
    EXPECT_FALSE(keeps(Protocol::kMessages, false, message(reason))) << reason;
  }
  const auto response = [](std::string_view status, std::string_view content) {
    return R"({"id":"r","object":"response","model":"m","status":")" + std::string(status) +
           R"(","output":[{"type":"message","id":"i","role":"assistant","status":"completed","content":[)" +
           std::string(content) + "]}]}";
  };
  constexpr std::string_view kText = R"({"type":"output_text","text":"a","annotations":[]})";
  EXPECT_TRUE(keeps(Protocol::kResponses, false, response("completed", kText)));
  EXPECT_FALSE(keeps(Protocol::kResponses, false, response("incomplete", kText)));
  EXPECT_FALSE(keeps(Protocol::kResponses, false, response("failed", kText)));
  EXPECT_FALSE(keeps(Protocol::kResponses, false, response("completed", R"({"type":"refusal","refusal":"no"})")));
}

TEST_F(AnswerCopyTest, WhatGrowsTooLongIsDropped) {
  const std::string fits = chat(choice(R"("content":")" + std::string(500, 'x') + "\"", "stop"));
  for (const std::size_t most : {fits.size(), fits.size() - 1}) {
    AnswerCopy copy(Protocol::kChatCompletions, false, most, document_);
    copy.take(std::string_view(fits).substr(0, 100));
    copy.take(std::string_view(fits).substr(100));
    copy.end();
    EXPECT_EQ(copy.finish(1).has_value(), most == fits.size());
  }
}

TEST_F(AnswerCopyTest, WhatDidNotAllGoOutIsNotKept) {
  AnswerCopy copy(Protocol::kChatCompletions, false, 10'000, document_);
  copy.take(kGood);
  EXPECT_FALSE(copy.finish(1));
}

}  // namespace
}  // namespace pointsman::gateway
