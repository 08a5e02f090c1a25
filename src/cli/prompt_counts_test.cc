// Prompts in the real vocabularies, against counts that OpenAI's API reported: those of the tests of PyPI
// openai-messages-token-helper (tests/messages.py, image_messages.py, functions.py) and npm openai-chat-tokens.
#include <gtest/gtest.h>

#include <string>

#include "tokens/prompt_counter.h"
#include "vocabulary/vocabulary.h"
#include "wire/openai_chat/request.h"

namespace pointsman::cli {
namespace {

class PromptCounts : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string_view encoding : vocabulary::kEncodings) {
      if (const auto opened = vocabulary::open(encoding); !opened) GTEST_SKIP() << opened.error().message();
    }
  }
  static tokens::PromptCount count(const std::string& members, std::string_view model) {
    static tokens::PromptCounter counter(
        {.o200k = *vocabulary::open("o200k_base"), .cl100k = *vocabulary::open("cl100k_base")}, 1);
    static wire::openai_chat::Reader reader;
    static llm::ChatRequest request;
    const std::string body = R"({"model":"m",)" + members + "}";
    const auto read = wire::openai_chat::read_chat_request(body, reader, request);
    EXPECT_TRUE(read.has_value()) << body;
    return counter.count(request, tokens::family_of(model));
  }
  static std::string user(const std::string& text) { return R"("messages":[{"role":"user","content":)" + text + "}]"; }
};

TEST_F(PromptCounts, OfMessages) {
  for (const std::string_view model : {"gpt-4", "gpt-4o"}) {
    const auto of = [&](const std::string& message) {
      const tokens::PromptCount got = count(R"("messages":[)" + message + "]", model);
      EXPECT_TRUE(got.exact());
      return got.tokens;
    };
    EXPECT_EQ(of(R"({"role":"system","content":"You are a bot."})"), 12);
    EXPECT_EQ(of(R"({"role":"user","content":"Hello, how are you?"})"), 13);
    EXPECT_EQ(of(R"({"role":"user","content":"\u00e1"})"), 8);
    EXPECT_EQ(of(R"({"role":"user","content":"Is there a dress code?"})"), 13);
    EXPECT_EQ(
        of(R"({"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."})"),
        20);
  }
}

TEST_F(PromptCounts, OfImages) {
  const std::string image =
      R"([{"type":"text","text":"Describe this picture:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,)"
      R"(iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z/C/HgAGgwJ/lK3Q6wAAAABJRU5ErkJggg==","detail":")";
  EXPECT_EQ(count(user(image + "auto\"}}]"), "gpt-4o").tokens, 266);
  EXPECT_EQ(count(user(image + "low\"}}]"), "gpt-4o").tokens, 96);
  EXPECT_EQ(count(user(image + "auto\"}}]"), "gpt-4o-mini").tokens, 8511);
  EXPECT_EQ(count(user(image + "low\"}}]"), "gpt-4o-mini").tokens, 2844);
}

TEST_F(PromptCounts, OfFunctionsAndTools) {
  const std::string foo =
      user("\"hello\"") + R"(,"functions":[{"name":"foo","parameters":{"type":"object","properties":{}}}])";
  EXPECT_EQ(count(foo, "gpt-4o").tokens, 31);
  EXPECT_EQ(count(foo + R"(,"function_call":"none")", "gpt-4o").tokens, 32);
  EXPECT_EQ(count(foo + R"(,"function_call":{"name":"foo"})", "gpt-4o").tokens, 36);
  const std::string bot =
      R"("messages":[{"role":"system","content":"You are a bot."}],"tools":[{"type":"function","function":)";
  const std::string search =
      R"({"name":"search_sources","description":"Retrieve sources from the Azure AI Search index"}}])";
  EXPECT_EQ(count(bot + search, "gpt-4").tokens, 42);
  EXPECT_EQ(count(bot + search + R"(,"tool_choice":{"type":"function","function":{"name":"search_sources"}})", "gpt-4")
                .tokens,
            51);
  const std::string null =
      R"({"name":"get_null","description":"Get the null value","parameters":{"type":"object","properties":)"
      R"({"null_value":{"type":"null","description":"The null value to be returned"}}}}}],"tool_choice":"none")";
  const tokens::PromptCount got = count(bot + null, "gpt-4");
  EXPECT_EQ(got.tokens, 55);
  EXPECT_TRUE(got.exact());
}

// Characters / 4 is short by a third of Chinese and by more than half of base64; a count is not.
TEST_F(PromptCounts, OfTextsThatRulesOfThumbGetWrong) {
  const std::string chinese = "昨天下午，我们公司的客户服务系统突然出现了故障，很多用户无法登录自己的账户。";
  EXPECT_GT(count(user("\"" + chinese + "\""), "gpt-4").tokens, static_cast<std::int64_t>(chinese.size() / 3 / 4) * 2);
}

}  // namespace
}  // namespace pointsman::cli
