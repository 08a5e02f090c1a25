#include "wire/openai_chat/label_call.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "wire/label_format.h"

namespace pointsman::wire::openai_chat {
namespace {

llm::LabelQuestion question() {
  llm::LabelQuestion out;
  out.model = "small";
  out.system = "Label.";
  out.examples = {{"2+2?", "B"}};
  out.text = "say \"hi\"";
  out.labels = {"A", "B"};
  return out;
}

std::string written(const llm::LabelQuestion& asked, const LabelDialect& dialect = {}) {
  std::string out;
  write_label_request(asked, dialect, out);
  json::Document document;
  EXPECT_TRUE(document.validate(out)) << out;
  return out;
}

base::Result<llm::LabelAnswer> read(std::string_view body) {
  json::Document document(1U << 20);
  return read_label_answer(body, document);
}

TEST(LabelRequest, AsksByAStrictSchema) {
  EXPECT_EQ(written(question()),
            R"({"model":"small","messages":[{"role":"system","content":"Label."},)"
            R"({"role":"user","content":"2+2?"},{"role":"assistant","content":"{\"category\":\"B\"}"},)"
            R"({"role":"user","content":"say \"hi\""}],"max_completion_tokens":16,"temperature":0,)"
            R"("response_format":{"type":"json_schema","json_schema":{"name":"label","strict":true,)"
            R"("schema":{"type":"object","properties":{"category":{"type":"string","enum":["A","B"]}},)"
            R"("required":["category"],"additionalProperties":false}}}})");
}

TEST(LabelRequest, AsksForAConfidenceInTheSchemaButShowsNone) {
  llm::LabelQuestion asked = question();
  asked.confidence = true;
  const std::string body = written(asked);
  EXPECT_NE(body.find(R"("enum":["A","B"]},"confidence":{"type":"number"}},"required":["category","confidence"])"),
            std::string::npos);
  EXPECT_NE(body.find(R"("content":"{\"category\":\"B\"}")"), std::string::npos);
}

TEST(LabelRequest, AsksAServerOfOurOwnByItsListOfChoices) {
  llm::LabelQuestion asked = question();
  asked.structure = llm::LabelStructure::kChoice;
  asked.examples.clear();
  asked.max_tokens = 8;
  asked.top_logprobs = 50;
  asked.seed = ~std::uint64_t{0};
  asked.temperature = 0.7;
  EXPECT_EQ(written(asked, {.max_completion_tokens = false}),
            R"({"model":"small","messages":[{"role":"system","content":"Label."},)"
            R"({"role":"user","content":"say \"hi\""}],"max_tokens":8,"temperature":0.7,"seed":9007199254740991,)"
            R"("logprobs":true,"top_logprobs":20,"structured_outputs":{"choice":["A","B"]}})");
}

TEST(LabelRequest, AsksForASingleToken) {
  llm::LabelQuestion asked = question();
  asked.structure = llm::LabelStructure::kToken;
  asked.top_logprobs = 5;
  EXPECT_EQ(written(asked, {.temperature = false, .reasoning_effort = "none"}),
            R"({"model":"small","messages":[{"role":"system","content":"Label."},)"
            R"({"role":"user","content":"2+2?"},{"role":"assistant","content":"B"},)"
            R"({"role":"user","content":"say \"hi\""}],"max_completion_tokens":1,"reasoning_effort":"none",)"
            R"("logprobs":true,"top_logprobs":5})");
}

TEST(LabelRequest, SharesItsBeginningWithOtherTexts) {
  llm::LabelQuestion other = question();
  other.text = "another text";
  const std::string a = written(question()), b = written(other);
  const std::size_t same = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  EXPECT_EQ(a.substr(same, 3), "say");
}

const std::string kAnswer =
    R"({"id":"x","object":"chat.completion","created":1,"model":"small-1","choices":[{"index":0,"message":)"
    R"({"role":"assistant","content":"{\"category\":\"B\"}","refusal":null,"annotations":[]},"logprobs":{"content":[)"
    R"({"token":"{\"category\":\"","logprob":0.0,"bytes":[123,34,99,97,116,101,103,111,114,121,34,58,34],)"
    R"("top_logprobs":[]},{"token":"B","logprob":-0.25,"bytes":[66],"top_logprobs":[)"
    R"({"token":"A","logprob":-1.5,"bytes":[65]},{"token":"B","logprob":-0.25,"bytes":[66]},)"
    R"({"token":"\ufffd","logprob":-9999.0,"bytes":[240,159]}]},)"
    R"({"token":"\"}","logprob":-1e-3,"bytes":null,"top_logprobs":[]}],"refusal":null},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":40,"completion_tokens":6,"total_tokens":46,)"
    R"("prompt_tokens_details":{"cached_tokens":32},"completion_tokens_details":{"reasoning_tokens":2}}})";

TEST(LabelAnswer, ReadsTextTokensAndUsage) {
  const auto answer = read(kAnswer);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, R"({"category":"B"})");
  EXPECT_FALSE(answer->cut);
  EXPECT_FALSE(answer->refused);
  ASSERT_EQ(answer->tokens.size(), 3U);
  EXPECT_EQ(answer->tokens[1].chosen.bytes, "B");
  ASSERT_EQ(answer->tokens[1].top.size(), 3U);
  EXPECT_EQ(answer->tokens[1].top[0].bytes, "B");  // the likeliest first
  EXPECT_FLOAT_EQ(answer->tokens[1].top[1].logprob, -1.5F);
  EXPECT_EQ(answer->tokens[1].top[2].bytes, "\xF0\x9F");  // bytes, not the token's text
  EXPECT_FLOAT_EQ(answer->tokens[1].top[2].logprob, -9999);
  EXPECT_EQ(answer->tokens[2].chosen.bytes, "\"}");  // no bytes: the token's text
  EXPECT_EQ(answer->usage.input_tokens, 40);
  EXPECT_EQ(answer->usage.cached_input_tokens, 32);
  EXPECT_EQ(answer->usage.output_tokens, 6);
  EXPECT_EQ(answer->usage.reasoning_tokens, 2);
}

TEST(LabelAnswer, SeesRefusalsAndCuts) {
  EXPECT_TRUE(
      read(R"({"choices":[{"message":{"content":null,"refusal":"I cannot"},"finish_reason":"stop"}]})")->refused);
  EXPECT_TRUE(read(R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})")->refused);
  EXPECT_TRUE(read(R"({"choices":[{"message":{"content":"A"},"finish_reason":"length"}]})")->cut);
  EXPECT_FALSE(read(R"({"choices":[{"message":{"content":"A","refusal":""},"finish_reason":null}]})")->refused);
}

TEST(LabelAnswer, KeepsNoMoreThanALabelNeeds) {
  std::string tokens;
  for (int i = 0; i < 500; ++i) tokens += R"({"token":"x","logprob":-1,"bytes":[120],"top_logprobs":[]},)";
  const auto answer = read(R"({"choices":[{"message":{"content":")" + std::string(10000, 'x') +
                           R"("},"logprobs":{"content":[)" + tokens + R"(null]}}]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text.size(), kMaxLabelText);
  EXPECT_TRUE(answer->cut);
  EXPECT_EQ(answer->tokens.size(), kMaxAnswerTokens);
}

TEST(LabelAnswer, ReadsOnlyTheFirstChoice) {
  EXPECT_EQ(read(R"({"choices":[{"message":{"content":"A"}},{"message":{"content":"B"}}]})")->text, "A");
}

TEST(LabelAnswer, LivesWithOddLogprobs) {
  const auto answer = read(R"({"choices":[{"message":{"content":"A"},"logprobs":{"content":[{"token":"A",)"
                           R"("logprob":null,"bytes":[65,999],"top_logprobs":[{"token":"B","logprob":"x"},7]}]}}]})");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->tokens.size(), 1U);
  EXPECT_EQ(answer->tokens[0].chosen.bytes, "A");
  EXPECT_LE(answer->tokens[0].chosen.logprob, -9999);
  ASSERT_EQ(answer->tokens[0].top.size(), 1U);
  EXPECT_LE(answer->tokens[0].top[0].logprob, -9999);
}

TEST(LabelAnswer, FailsForWhatIsNoAnswer) {
  for (const char* body : {"", "null", "[]", "<html>", "{\"choices\":[", "{}", R"({"choices":[]})",
                           R"({"choices":[{"index":0}]})", R"({"choices":[null]})"}) {
    const auto answer = read(body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code(), base::ErrorCode::kParse) << body;
    EXPECT_EQ(answer.error().origin(), base::Origin::kUpstream) << body;
  }
  const auto error = read(R"({"error":{"message":"secret text","type":"server_error","code":500}})");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message(), "the provider of the small model answered 200 server_error 500");
}

TEST(LabelAnswer, SurvivesEveryTruncationAndBitFlip) {
  const auto check = [](const std::string& body) {
    const auto answer = read(body);
    if (!answer) {
      EXPECT_EQ(answer.error().origin(), base::Origin::kUpstream);
      return;
    }
    EXPECT_LE(answer->text.size(), kMaxLabelText);
    for (const llm::AnswerToken& token : answer->tokens) EXPECT_LE(token.chosen.bytes.size(), kMaxTokenBytes);
  };
  for (std::size_t length = 0; length < kAnswer.size(); ++length) {
    EXPECT_FALSE(read(std::string_view(kAnswer).substr(0, length))) << length;
  }
  for (std::size_t bit = 0; bit < kAnswer.size() * 8; ++bit) {
    std::string flipped = kAnswer;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    check(flipped);
  }
}

ProviderError said(std::string_view body) {
  json::Document document(1U << 16);
  return read_provider_error(body, document);
}

TEST(ProviderErrors, AreReadInEveryShape) {
  const ProviderError openai = said(
      R"({"error":{"message":"no logprobs","type":"invalid_request_error","param":"logprobs","code":"unsupported"}})");
  EXPECT_TRUE(openai.present);
  EXPECT_EQ(openai.param, "logprobs");
  EXPECT_EQ(openai.message, "no logprobs");
  EXPECT_EQ(said(R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})").type, "overloaded_error");
  EXPECT_EQ(said(R"({"error":"model not found"})").message, "model not found");
  const ProviderError flat =
      said(R"({"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400})");
  EXPECT_EQ(flat.code, "400");
  EXPECT_EQ(flat.param, "");
  EXPECT_FALSE(said(R"({"message":"hello"})").present);
  EXPECT_FALSE(said("not json").present);
  EXPECT_LE(said(R"({"error":")" + std::string(5000, 'x') + R"("})").message.size(), kMaxProviderText);
}

TEST(ProviderErrors, NameTheKindAndNeverTheMessage) {
  const base::Error limited = label_error(429, {.type = "rate\nlimit", .message = "prompt text"});
  EXPECT_EQ(limited.code(), base::ErrorCode::kRateLimited);
  EXPECT_EQ(limited.retry(), base::Retry::kOtherTarget);
  EXPECT_EQ(limited.message(), "the provider of the small model answered 429 rate_limit");
  EXPECT_EQ(label_error(401, {}).code(), base::ErrorCode::kUnauthorized);
  EXPECT_EQ(label_error(400, {}).retry(), base::Retry::kNo);
  EXPECT_EQ(label_error(503, {}).upstream_status(), 503);
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
