#include "wire/openai_chat/forward.h"

#include <gtest/gtest.h>

#include "wire/openai_chat/request.h"

namespace pointsman::wire::openai_chat {
namespace {

struct Forwarded {
  std::string body;
  bool injected = false;
};

Forwarded forward(std::string_view body, const Edits& edits) {
  Reader reader;
  llm::ChatRequest request;
  json::Splices splices;
  EXPECT_TRUE(read_chat_request(body, reader, request)) << body;
  const auto injected = forward_body(request, edits, splices);
  EXPECT_TRUE(injected);
  const std::string out = splices.to_string();
  EXPECT_EQ(out.size(), splices.size());
  return {out, injected.value_or(false)};
}

const std::string kMessages = R"("messages":[{"role":"user","content":"hi"}])";

TEST(ForwardBody, ChangesNothingWhenNothingIsAsked) {
  const std::string body = "{ \"model\" : \"m\", \"big\":12345678901234567890123, " + kMessages + " ,\"x\":1.0e0}\n";
  const auto out = forward(body, {.model = "m"});
  EXPECT_EQ(out.body, body);
  EXPECT_FALSE(out.injected);
}

TEST(ForwardBody, ReplacesOnlyTheModel) {
  const std::string tail = R"(, "n":1, "f":1.00, "u":"\u0041",)" + kMessages + "}";
  EXPECT_EQ(forward(R"({"z":{"model":"x"},"model":"auto")" + tail, {.model = "gpt \"4\""}).body,
            R"({"z":{"model":"x"},"model":"gpt \"4\"")" + tail);
}

TEST(ForwardBody, AsksForLogprobsWhereTheClientDidNot) {
  const Edits edits{.model = "b", .ask_logprobs = true};
  EXPECT_EQ(forward(R"({"model":"a",)" + kMessages + "}", edits).body,
            R"({"logprobs":true,"model":"b",)" + kMessages + "}");
  EXPECT_EQ(forward(R"({"logprobs" : false,"model":"a",)" + kMessages + "}", edits).body,
            R"({"logprobs" : true,"model":"b",)" + kMessages + "}");
  EXPECT_EQ(forward(R"({"model":"a",)" + kMessages + R"(,"logprobs":null})", edits).body,
            R"({"model":"b",)" + kMessages + R"(,"logprobs":true})");
  EXPECT_EQ(forward(R"({"model":"a","stream":true,)" + kMessages + "}",
                    {.model = "a", .ask_usage = true, .ask_logprobs = true})
                .body,
            R"({"logprobs":true,"stream_options":{"include_usage":true},"model":"a","stream":true,)" + kMessages + "}");
}

TEST(ForwardBody, AsksForUsageWhereTheClientDidNot) {
  struct Case {
    std::string options;  // members between model and messages
    std::string_view wanted;
    bool injected;
  };
  const Case cases[] = {
      {R"("stream":true,)", R"({"stream_options":{"include_usage":true},"model":"a","stream":true,)", true},
      {R"("stream":true,"stream_options":null,)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)", true},
      {R"("stream":true,"stream_options":{ },)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true },)", true},
      {R"("stream":true,"stream_options":{"x":1},)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true,"x":1},)", true},
      {R"("stream":true,"stream_options":{"include_usage":false},)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)", true},
      {R"("stream":true,"stream_options":{"include_usage":null},)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)", true},
      {R"("stream":true,"stream_options":{"include_usage":true},)",
       R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)", false},
      {R"("stream":false,)", R"({"model":"a","stream":false,)", false},
      {"", R"({"model":"a",)", false},
  };
  for (const Case& c : cases) {
    const std::string body = R"({"model":"a",)" + c.options + kMessages + "}";
    const auto out = forward(body, {.model = "a", .ask_usage = true});
    EXPECT_EQ(out.body, std::string(c.wanted) + kMessages + "}") << body;
    EXPECT_EQ(out.injected, c.injected) << body;
    EXPECT_EQ(forward(body, {.model = "a"}).body, body);
  }
}

TEST(ForwardBody, MakesBothEditsInEitherOrder) {
  for (const std::string& body : {R"({"stream_options":{},"model":"a","stream":true,)" + kMessages + "}",
                                  R"({"model":"a","stream_options":{},"stream":true,)" + kMessages + "}",
                                  R"({"stream":true,)" + kMessages + R"(,"model":"a"})"}) {
    const auto out = forward(body, {.model = "upstream", .ask_usage = true});
    Reader reader;
    llm::ChatRequest again;
    ASSERT_TRUE(read_chat_request(out.body, reader, again)) << out.body;
    EXPECT_EQ(again.model, "upstream");
    EXPECT_TRUE(again.include_usage);
    EXPECT_EQ(again.text, "hi");
  }
}

TEST(ForwardBody, FailsForARequestOfAnotherBody) {
  llm::ChatRequest request;
  request.body = "{}";
  request.model_value = {10, 20};
  json::Splices splices;
  const auto result = forward_body(request, {.model = "x"}, splices);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), base::ErrorCode::kInternal);
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
