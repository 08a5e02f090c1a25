#include "cli/tokens_command.h"

#include <gmock/gmock.h>

#include "support/command_line.h"
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

TEST(TokensCommandErrors, AnUnknownEncodingIsRefused) {
  const Ran ran = CommandLine().run({"tokens", "--encoding", "gpt9", "hello"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("there is no encoding 'gpt9'"));
}

}  // namespace
}  // namespace pointsman::cli
