#include "wire/openai_chat/answer_reader.h"

#include <gtest/gtest.h>

#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/error_body.h"
#include "wire/openai_chat/error_reader.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::PartKind;
using llm::StopReason;

struct Outcome {
  llm::Answer answer;
  llm::Losses losses;
};

base::Result<Outcome> read(std::string_view body) {
  json::Document document;
  Outcome out;
  PM_TRY(out.losses, read_whole_answer(body, document, out.answer));
  return out;
}
std::string answer_of(std::string_view message, std::string_view finish = R"("stop")", std::string_view rest = "") {
  return R"({"id":"i","model":"m","created":3,"choices":[{"message":{)" + std::string(message) +
         R"(},"finish_reason":)" + std::string(finish) + "}]" + std::string(rest) + "}";
}

TEST(ReadWholeAnswer, ReadsTheDialectsOfReasoning) {
  for (const std::string_view message :
       {R"("content":"x","reasoning_content":"hm")", R"("reasoning":"hm","content":"x")",
        R"("thinking":"hm","content":"x")", R"("content":"x","reasoning":"hm","reasoning_content":"hm")",
        R"("content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"x"}])"}) {
    const auto got = read(answer_of(message));
    ASSERT_TRUE(got) << message;
    const auto& parts = got->answer.choices[0].parts;
    ASSERT_EQ(parts.size(), 2U) << message;
    EXPECT_EQ(parts[0].kind, PartKind::kReasoning);
    EXPECT_EQ(parts[0].text, "hm");
    EXPECT_EQ(parts[1].text, "x");
  }
}

TEST(ReadWholeAnswer, LearnsFromTheRestWhyAChoiceEnded) {
  const auto stop = [](std::string_view message, std::string_view finish) {
    const auto got = read(answer_of(message, finish));
    return got ? got->answer.choices[0].stop : StopReason::kPause;
  };
  const std::string_view call = R"("tool_calls":[{"id":"t","function":{"name":"f","arguments":{"a":1}}}])";
  EXPECT_EQ(stop(R"("content":"x")", R"("stop")"), StopReason::kEnd);
  EXPECT_EQ(stop(call, R"("stop")"), StopReason::kToolCalls);
  EXPECT_EQ(stop(call, R"("length")"), StopReason::kLength);
  EXPECT_EQ(stop(R"("refusal":"no")", R"("stop")"), StopReason::kRefusal);
  EXPECT_EQ(stop(R"("content":"x")", "null"), StopReason::kUnknown);
  EXPECT_EQ(stop(R"("content":"x")", R"("model_length")"), StopReason::kLength);
  const auto odd = read(answer_of(R"("content":"x")", R"("tired")"));
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->losses, (llm::Losses{{"finish_reason: tired", false}}));
}

TEST(ReadWholeAnswer, OrdersChoicesByTheirNumbers) {
  const auto got = read(
      R"({"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"},"logprobs":{"content":[ ]}}]})");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->answer.choices[0].parts[0].text, "a");
  EXPECT_EQ(got->answer.choices[0].logprobs, R"({"content":[ ]})");
  EXPECT_EQ(got->answer.choices[1].parts[0].text, "b");
}

TEST(ReadWholeAnswer, KeepsTheServiceTierWhereverItStands) {
  for (const std::string_view members :
       {R"(,"service_tier":"flex","usage":{"prompt_tokens":1,"completion_tokens":2})",
        R"(,"usage":{"prompt_tokens":1,"completion_tokens":2},"service_tier":"flex")"}) {
    const auto got = read(answer_of(R"("content":"x")", R"("stop")", std::string(members)));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->answer.usage.tier, llm::ServiceTier::kFlex);
    EXPECT_EQ(got->answer.usage.output_tokens, 2);
  }
}

TEST(ReadWholeAnswer, CountsWhatServersCountDifferently) {
  const auto usage = [](std::string_view members) {
    const auto got = read(answer_of(R"("content":"x")", R"("stop")", R"(,"usage":{)" + std::string(members) + "}"));
    return got ? got->answer.usage : llm::Usage{};
  };
  const auto apart = usage(
      R"("prompt_tokens":12,"completion_tokens":2,"total_tokens":354,"completion_tokens_details":{"reasoning_tokens":340})");
  EXPECT_EQ(apart.output_tokens, 342) << "reasoning beside the completion";
  const auto within = usage(
      R"("prompt_tokens":15,"completion_tokens":78,"total_tokens":93,"completion_tokens_details":{"reasoning_tokens":64},"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":5})");
  EXPECT_EQ(within.output_tokens, 78);
  EXPECT_EQ(within.reasoning_tokens, 64);
  EXPECT_EQ(within.cached_input_tokens, 4);
  EXPECT_EQ(within.cache_write_tokens, 5);
  EXPECT_EQ(usage(R"("prompt_tokens":8,"total_tokens":8)").output_tokens, 0) << "embeddings";
  EXPECT_FALSE(usage(R"("prompt_tokens":8)").output_tokens);
  EXPECT_EQ(usage(R"("prompt_tokens":8,"completion_tokens":1,"prompt_cache_hit_tokens":6)").cached_input_tokens, 6);
}

TEST(ReadWholeAnswer, RefusesWhatIsNoAnswer) {
  const auto code = [](std::string_view body) {
    const auto got = read(body);
    return got ? base::ErrorCode::kIo : got.error().code();
  };
  EXPECT_EQ(code("<html>"), base::ErrorCode::kParse);
  EXPECT_EQ(code("[]"), base::ErrorCode::kParse);
  EXPECT_EQ(code("{}"), base::ErrorCode::kCorrupt);
  EXPECT_EQ(code(R"({"choices":[1]})"), base::ErrorCode::kCorrupt);
  const auto said = read(R"({"error":{"message":"busy"},"choices":[]})");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), base::ErrorCode::kUpstreamStatus);
  EXPECT_EQ(said.error().message(), "busy");
  EXPECT_EQ(code(R"({"choices":[{"message":{"content":"x"},"error":{"message":"gone"}}]})"),
            base::ErrorCode::kUpstreamStatus);
  EXPECT_EQ(said.error().retry(), base::Retry::kOtherTarget);
}

TEST(WriteWholeAnswer, AnswersLegacyRequestsWithFunctionCalls) {
  llm::Answer answer;
  answer.id = "msg_1";
  auto& choice = answer.choices.emplace_back();
  choice.parts = {{.kind = PartKind::kToolCall, .id = "a", .name = "f"},
                  {.kind = PartKind::kToolCall, .name = "g", .arguments = "{}"}};
  choice.stop = StopReason::kToolCalls;
  std::string out;
  const auto losses =
      write_whole_answer(answer, {.request = R"({"functions":[{}]})", .model = "auto", .created = 4}, out);
  EXPECT_EQ(
      out,
      R"({"id":"chatcmpl-msg_1","object":"chat.completion","created":4,"model":"auto","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":"{}"}},)"
      R"("logprobs":null,"finish_reason":"function_call"}]})");
  EXPECT_EQ(losses, (llm::Losses{{"parallel function calls", false}}));
  out.clear();
  write_whole_answer(answer, {}, out);
  EXPECT_NE(out.find(R"("id":"call_chatcmpl-msg_1_0_1")"), std::string::npos) << out;
}

TEST(WriteWholeAnswer, NamesWhatItCannotCarry) {
  llm::Answer answer;
  auto& choice = answer.choices.emplace_back();
  choice.parts = {{.kind = PartKind::kReasoning, .text = "a", .summary = true, .signature = "s"},
                  {.kind = PartKind::kReasoning, .text = "b", .summary = true, .opaque = "o"},
                  {.kind = PartKind::kText, .text = "x"},
                  {.kind = PartKind::kText, .text = "y"},
                  {.kind = PartKind::kImage}};
  choice.stop = StopReason::kStopSequence;
  choice.stop_sequence = "END";
  std::string out;
  const auto losses = write_whole_answer(answer, {.id = "7"}, out);
  EXPECT_NE(out.find(R"("content":"xy","reasoning_content":"a\n\nb")"), std::string::npos) << out;
  EXPECT_EQ(losses, (llm::Losses{{"reasoning: signature", true},
                                 {"reasoning: encrypted content", true},
                                 {"image", false},
                                 {"stop_sequence", true}}));
}

TEST(ReadError, ReadsTheUsualShapesAndNone) {
  struct Case {
    std::string_view body;
    llm::AnswerError wanted;
  };
  const std::string_view kSilence = "the provider did not say what went wrong";
  const Case cases[] = {
      {R"({"error":{"message":"m","type":"t","param":null,"code":"c"}})", {"m", "t", "c"}},
      {R"({"error":{"message":"m","code":429}})", {"m", "", "429"}},
      {R"({"error":"plain"})", {"plain", "", ""}},
      {R"({"object":"error","message":"m","type":"BadRequestError","code":400})", {"m", "BadRequestError", "400"}},
      {R"({"detail":"Not Found"})", {"Not Found", "", ""}},
      {R"({"detail":[{"loc":["body"],"msg":"field required"},{"msg":"bad"}]})", {"field required; bad", "", ""}},
      {R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])", {"m", "INVALID_ARGUMENT", "400"}},
      {R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"quota"}}})",
       {"Provider returned error: quota", "", "502"}},
      {R"({"error":{"type":"overloaded_error"}})", {"overloaded_error", "overloaded_error", ""}},
      {"<html>\n <b>502</b>\x01 Bad\xFF", {"<html> <b>502</b> Bad", "", ""}},
      {"", {std::string(kSilence), "", ""}},
      {"{}", {std::string(kSilence), "", ""}},
      {"null", {std::string(kSilence), "", ""}},
      {"[[[[]]]]", {std::string(kSilence), "", ""}},
  };
  json::Document document;
  for (const Case& c : cases) {
    const llm::AnswerError got = read_error(c.body, document);
    EXPECT_EQ(got.message, c.wanted.message) << c.body;
    EXPECT_EQ(got.type, c.wanted.type) << c.body;
    EXPECT_EQ(got.code, c.wanted.code) << c.body;
  }
  const std::string longest = R"({"error":")" + std::string(10'000, 'x') + R"("})";
  EXPECT_EQ(read_error(longest, document).message.size(), kMaxErrorText);
}

TEST(WriteProviderError, PutsAnotherProvidersErrorIntoOurShape) {
  std::string out;
  write_provider_error({"Overloaded", "overloaded_error", ""}, 529, out);
  EXPECT_EQ(out, R"({"error":{"message":"Overloaded","type":"server_error","param":null,"code":"overloaded_error"}})");
  out.clear();
  write_provider_error({"slow down", "rate_limit_error", "x"}, 429, out);
  EXPECT_EQ(out, R"({"error":{"message":"slow down","type":"rate_limit_error","param":null,"code":"x"}})");
  out.clear();
  write_provider_error({"m", "", ""}, 0, out);
  EXPECT_EQ(out, R"({"error":{"message":"m","type":"server_error","param":null,"code":null}})");
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
