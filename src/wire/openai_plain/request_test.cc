#include "wire/openai_plain/request.h"

#include <gtest/gtest.h>

#include "wire/openai_chat/body_meter.h"
#include "wire/openai_chat/forward.h"
#include "wire/openai_chat/usage_meter.h"

namespace pointsman::wire::openai_plain {
namespace {

base::Result<llm::ChatRequest> read(decltype(&read_completion_request) reader, std::string_view body) {
  ReadingSpace space(1U << 20);
  llm::ChatRequest out;
  PM_CHECK(reader(body, space, out));
  return out;
}
base::Result<llm::ChatRequest> completion(std::string_view body) {
  return read(&read_completion_request, body);
}
base::Result<llm::ChatRequest> embedding(std::string_view body) {
  return read(&read_embedding_request, body);
}

TEST(CompletionRequest, ReadsWhatRoutingNeeds) {
  const auto got = completion(
      R"( {"prompt":"Say \u0041","model":"m","max_tokens":7,"n":2,"best_of":3,"stream":true,"user":"u","suffix":"x","echo":true})");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->model, "m");
  EXPECT_EQ(got->text, "Say A");
  EXPECT_TRUE(got->stream);
  EXPECT_EQ(got->choices, 3U);
  EXPECT_EQ(got->needs.output_tokens, 7);
  EXPECT_GT(got->needs.input_tokens, 1);
  EXPECT_NE(got->user, 0U);
  EXPECT_NE(got->conversation, 0U);
  EXPECT_TRUE(got->needs.capabilities.has(llm::Capability::kMultipleChoices));
}

TEST(CompletionRequest, TakesPromptsOfEveryKind) {
  struct Case {
    std::string_view prompt;
    std::string_view text;
    std::uint32_t choices;
    std::int64_t tokens;  // -1: an estimate
  };
  const Case cases[] = {{R"("a")", "a", 1, -1}, {R"(["a","b"])", "a\nb", 2, -1},
                        {"[1,2,3]", "", 1, 3},  {"[[1,2],[3]]", "", 2, 3},
                        {"null", "", 1, 0},     {R"("")", "", 1, 0}};
  for (const Case& c : cases) {
    const auto got = completion(R"({"model":"m","prompt":)" + std::string(c.prompt) + "}");
    ASSERT_TRUE(got) << c.prompt << got.error().message();
    EXPECT_EQ(got->text, c.text) << c.prompt;
    EXPECT_EQ(got->choices, c.choices) << c.prompt;
    if (c.tokens >= 0) EXPECT_EQ(got->needs.input_tokens, c.tokens) << c.prompt;
  }
}

TEST(EmbeddingRequest, HasNoTextAndNoOutput) {
  const auto got =
      embedding(R"({"input":["a long text","b"],"model":"e","encoding_format":"base64","stream":7,"n":"x"})");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->text, "");
  EXPECT_EQ(got->choices, 1U);
  EXPECT_FALSE(got->stream);
  EXPECT_EQ(got->messages, 2U);
  EXPECT_GT(got->needs.input_tokens, 1);
  EXPECT_EQ(embedding(R"({"input":[[5,6,7]],"model":"e"})")->needs.input_tokens, 3);
}

TEST(PlainRequests, SayWhereAnErrorIs) {
  std::string many = R"({"model":"m","input":[)";
  for (int i = 0; i <= kMaxPrompts; ++i) many += i == 0 ? R"("a")" : R"(,"a")";
  many += "]}";
  struct Case {
    base::Result<llm::ChatRequest> got;
    std::string_view place;
  };
  const Case cases[] = {
      {completion("[]"), ""},
      {completion(R"({"prompt":"x"})"), "/model"},
      {completion(R"({"model":"m"})"), "/prompt"},
      {embedding(R"({"model":"m","prompt":"x"})"), "/input"},
      {embedding(R"({"model":"m","input":null})"), "/input"},
      {embedding(R"({"model":"m","input":[]})"), "/input"},
      {completion(R"({"model":"m","prompt":[1,"a"]})"), "/prompt/1"},
      {completion(R"({"model":"m","prompt":[[1],[-1]]})"), "/prompt/1/0"},
      {completion(R"({"model":"m","prompt":[1.5]})"), "/prompt/0"},
      {completion(R"({"model":"m","prompt":[[]]})"), "/prompt/0"},
      {completion(R"({"model":"m","prompt":"a","n":129})"), "/n"},
      {completion(R"({"model":"m","prompt":"a","prompt":"b"})"), "/prompt"},
      {completion(R"({"model":"m","prompt":"a","stream_options":{"include_usage":1}})"),
       "/stream_options/include_usage"},
      {embedding(many), "/input/2048"},
  };
  for (const Case& c : cases) {
    ASSERT_FALSE(c.got) << c.place;
    EXPECT_EQ(c.got.error().place(), c.place);
    EXPECT_EQ(c.got.error().code(), base::ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(completion(R"({"model":"m","prompt":"a")").error().code(), base::ErrorCode::kParse);
}

TEST(PlainRequests, AreForwardedWithTheModelAndTheReportAlone) {
  const auto forward = [](base::Result<llm::ChatRequest> request, bool ask_usage) {
    json::Splices out;
    const auto injected = openai_chat::forward_body(*request, {.model = "up", .ask_usage = ask_usage}, out);
    return out.to_string() + (*injected ? " injected" : "");
  };
  const std::string_view input = R"({"model":"m", "input":"x","dimensions":1.0,"stream":true})";
  EXPECT_EQ(forward(embedding(input), true), R"({"model":"up", "input":"x","dimensions":1.0,"stream":true})");
  const std::string_view streamed = R"({"model":"m","prompt":"x","stream":true})";
  EXPECT_EQ(forward(completion(streamed), true),
            R"({"stream_options":{"include_usage":true},"model":"up","prompt":"x","stream":true} injected)");
  EXPECT_EQ(forward(completion(streamed), false), R"({"model":"up","prompt":"x","stream":true})");
}

TEST(PlainAnswers, AreMeteredAsChatAnswersAre) {
  json::Document document;
  openai_chat::BodyMeter body(document);
  body.reset();
  body.feed(
      R"({"object":"list","data":[{"embedding":[0.1]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}})");
  body.finish();
  EXPECT_EQ(body.observed().usage.input_tokens, 8);
  EXPECT_EQ(body.observed().usage.output_tokens, 0) << "embeddings have no output: that is known";
  EXPECT_FALSE(body.observed().malformed);

  openai_chat::StreamMeter stream(document);
  stream.reset(openai_chat::UsageReport::kHidden);
  const std::string text =
      "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"choices\":[{\"text\":\"a\",\"index\":0,"
      "\"finish_reason\":\"length\"}],\"model\":\"i\",\"usage\":null}\n\n";
  const std::string report =
      "data: {\"id\":\"cmpl-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":14,\"completion_tokens\":16}}\n\n";
  const std::string sent = text + report + "data: [DONE]\n\n";
  std::string visible;
  for (const std::string_view part : stream.feed(sent)) visible += part;
  EXPECT_EQ(visible, text + "data: [DONE]\n\n");
  EXPECT_EQ(stream.observed().usage.output_tokens, 16);
  EXPECT_EQ(stream.observed().finish_reasons, std::vector<std::string>{"length"});
}

}  // namespace
}  // namespace pointsman::wire::openai_plain
