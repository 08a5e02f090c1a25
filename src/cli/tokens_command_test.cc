#include "cli/tokens_command.h"

#include <gmock/gmock.h>

#include "ledger_sqlite/store.h"
#include "support/command_line.h"
#include "support/temporary_directory.h"
#include "tokens/calibration.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::Ran;
using testing::HasSubstr;

class TokensCommand : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto encoding : vocabulary::kEncodings) {
      if (const auto opened = vocabulary::open(encoding); !opened) GTEST_SKIP() << opened.error().message();
    }
  }
  CommandLine line_;
};

TEST_F(TokensCommand, CountsAnArgument) {
  EXPECT_EQ(line_.run({"tokens", "hello world"}).out, "2\n");
  EXPECT_EQ(line_.run({"tokens", ""}).out, "0\n");
}

TEST_F(TokensCommand, ShowsTheIdsOfTheEncodingAskedFor) {
  EXPECT_EQ(line_.run({"tokens", "--ids", "hello world"}).out, "2\n24912 2375\n");
  EXPECT_EQ(line_.run({"tokens", "--ids", "--encoding", "cl100k_base", "hello world"}).out, "2\n15339 1917\n");
}

TEST_F(TokensCommand, CountsAllOfStandardInputForADash) {
  line_.input = "hello\nworld\n";
  EXPECT_EQ(line_.run({"tokens", "-"}).out, "4\n");
}

TEST_F(TokensCommand, SaysWhatTheGatewayHasLearntOfAModelAndFromHowManyAnswers) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("ledger");
  tokens::Calibration learnt(tokens::Measure::kO200k);
  for (int i = 0; i < 200; ++i) learnt.add(20, 28);
  {
    auto store = ledger_sqlite::open_store({.directory = path, .writer = {}});
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->save_calibrations({{"anthropic", "claude-x", "o200k", learnt.to_text()}}).has_value());
  }
  line_.input = R"({"model":"claude-x","messages":[{"role":"user","content":"Hello, how are you?"}]})";
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--ledger", path}).out,
              HasSubstr("claude-x at anthropic, from 200 answers: 1.400 tokens for each token counted in o200k_base"));
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--ledger", path}).out,
              HasSubstr("at most for 99 prompts in 100"));
  EXPECT_THAT(
      line_.run({"tokens", "--request", "-", "--ledger", path, "--json"}).out,
      HasSubstr(R"("calibrations":[{"provider":"anthropic","model":"claude-x","measure":"o200k","answers":200)"));
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--model", "other", "--ledger", path}).out,
              HasSubstr("No upstream has reported"));
  EXPECT_NE(line_.run({"tokens", "--request", "-", "--ledger", directory.file("none")}).code, 0);
}

TEST_F(TokensCommand, AnswersInJson) {
  EXPECT_EQ(line_.run({"tokens", "--json", "hello world"}).out, "{\"encoding\":\"o200k_base\",\"tokens\":2}\n");
  EXPECT_EQ(line_.run({"tokens", "--json", "--ids", "hello world"}).out,
            "{\"encoding\":\"o200k_base\",\"tokens\":2,\"ids\":[24912,2375]}\n");
}

// Figures that the API itself reported (openai-messages-token-helper, tests/messages.py).
TEST_F(TokensCommand, CountsARequestMessageByMessage) {
  line_.input = R"({"model":"gpt-4o","messages":[{"role":"system","content":"You are a bot."},)"
                R"({"role":"user","content":"Hello, how are you?"}]})";
  EXPECT_EQ(line_.run({"tokens", "--request", "-"}).out,
            "#  what    tokens\n"
            "1  system       9\n"
            "2  user        10\n"
            "   answer       3\n"
            "   total       22\n"
            "\n"
            "Exact, in o200k_base.\n");
  EXPECT_EQ(line_.run({"tokens", "--request", "-", "--json"}).out,
            R"({"model":"gpt-4o","protocol":"chat_completions","encoding":"o200k_base","tokens":22,"exact":true,)"
            R"("estimated":0,"doubts":[],"items":[{"kind":"message","role":"system","tokens":9},)"
            R"({"kind":"message","role":"user","tokens":10},{"kind":"answer","tokens":3}]})"
            "\n");
}

TEST_F(TokensCommand, SaysWhatOfARequestIsEstimated) {
  line_.input = R"({"model":"auto","input":[{"role":"user","content":"Hello"}]})";
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--model", "claude-sonnet-5"}).out,
              HasSubstr("Estimated: the tokenizer of claude-sonnet-5 is not public"));
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--model", "gpt-5"}).out,
              HasSubstr("Texts are exact in o200k_base; 7 of the tokens are estimates, because of: framing."));
  EXPECT_THAT(line_.run({"tokens", "--request", "-", "--json"}).out, HasSubstr(R"("encoding":null)"));
}

TEST_F(TokensCommand, TakesTheBodiesOfAllProtocols) {
  const auto protocol = [&](std::string body, std::vector<std::string> more = {}) {
    line_.input = std::move(body);
    std::vector<std::string> all{"tokens", "--json", "--request", "-"};
    all.insert(all.end(), more.begin(), more.end());
    const std::string out = line_.run(std::move(all)).out;
    return out.substr(0, out.find(R"(,"encoding")"));
  };
  EXPECT_EQ(protocol(R"({"model":"m","system":"x","messages":[{"role":"user","content":"x"}]})"),
            R"({"model":"m","protocol":"messages")");
  EXPECT_EQ(protocol(R"({"model":"m","input":"x"})"), R"({"model":"m","protocol":"responses")");
  EXPECT_EQ(protocol(R"({"model":"m","prompt":"x"})"), R"({"model":"m","protocol":"completions")");
  EXPECT_EQ(protocol(R"({"model":"m","input":"x"})", {"--protocol", "embeddings"}),
            R"({"model":"m","protocol":"embeddings")");
}

TEST(TokensCommandErrors, SayWhatIsWrongWithARequest) {
  CommandLine line;
  line.input = R"({"messages":[]})";
  EXPECT_THAT(line.run({"tokens", "--request", "-"}).err, HasSubstr("must not be empty"));
  EXPECT_THAT(line.run({"tokens", "--request", "-", "--protocol", "smtp"}).err,
              HasSubstr("there is no protocol 'smtp'"));
  EXPECT_EQ(line.run({"tokens", "--request", "/nowhere/at all"}).code, kFailed);
  EXPECT_EQ(line.run({"tokens"}).code, kUsage);
  EXPECT_NE(line.run({"tokens", "--request", "-", "some text"}).code, kOk);
}

TEST(TokensCommandErrors, AnUnknownEncodingIsRefused) {
  const Ran ran = CommandLine().run({"tokens", "--encoding", "gpt9", "hello"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("there is no encoding 'gpt9'"));
}

}  // namespace
}  // namespace pointsman::cli
