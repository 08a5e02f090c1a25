// Trimmed prompts with a summary in them, held against the exact count: conversations made up at random, in all three
// protocols.
#include "gateway/prompt_fit.h"

#include <gtest/gtest.h>

#include "gateway/protocols.h"
#include "json/splice.h"
#include "json/text.h"
#include "support/random_talks.h"
#include "support/request_validity.h"
#include "wire/trimmed_body.h"

namespace pointsman::gateway {
namespace {

using llm::Protocol;
using testing::RequestValidity;
using testing::Talk;

// As the gateway keeps room for one.
constexpr std::int64_t kMost = 60;
constexpr std::int64_t kFrame = 40;

class Prompts : public ::testing::TestWithParam<Protocol> {
 protected:
  llm::ChatRequest read(const std::string& body) {
    llm::ChatRequest out;
    const auto done = readers_.read(GetParam(), body, out);
    EXPECT_TRUE(done) << done.error().message() << "\n" << body;
    return out;
  }

  PromptFit prompts_{7};
  RequestReaders readers_{1U << 20};
  json::Document document_;
};

TEST_P(Prompts, FitByExactCountWithTheLongestSummary) {
  const std::string summary =
      prompts_.cut_to("They said: \"sums\" of \\ and \xC3\x9F, \n" + std::string(4'000, 'x'), kMost);
  ASSERT_FALSE(summary.empty());
  std::size_t summed_up = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Talk talk = testing::TalkMaker(GetParam(), seed).make(25);
    const std::string whole = talk.body(talk.elements.size());
    const std::int64_t limit = prompts_.count(read(whole)).tokens / static_cast<std::int64_t>(2 + seed % 4);
    for (const std::size_t count : talk.requests) {
      const std::string body = talk.body(count);
      const llm::ChatRequest request = read(body);
      const auto plan = prompts_.plan(request, {.limit = limit, .summary = kMost + kFrame}, document_);
      ASSERT_TRUE(plan) << plan.error().message();
      if (plan->summary_item == llm::kNoIndex) continue;
      ++summed_up;
      llm::Outline outline;
      json::Splices edits;
      ASSERT_TRUE(wire::read_outline(GetParam(), body, document_, outline));
      ASSERT_TRUE(wire::splice_trim(body, outline, *plan, summary, edits));
      const std::string result = edits.to_string();
      EXPECT_EQ(RequestValidity::fault(GetParam(), result), "") << result;
      EXPECT_LE(prompts_.count(read(result)).tokens, limit) << seed << ": " << describe(*plan);
    }
  }
  EXPECT_GT(summed_up, 50U);
}

INSTANTIATE_TEST_SUITE_P(Protocols, Prompts,
                         ::testing::Values(Protocol::kChatCompletions, Protocol::kResponses, Protocol::kMessages),
                         [](const auto& protocol) { return std::string(to_string(protocol.param)); });

TEST(PromptFit, CutsATextToTheTokensItMayHave) {
  PromptFit prompts(7);
  EXPECT_EQ(prompts.cut_to("short", 60), "short");
  EXPECT_EQ(prompts.cut_to("", 60), "");
  EXPECT_EQ(prompts.cut_to("anything at all", 0), "");
  std::string words;
  for (int i = 0; i < 500; ++i) words += "word \xE4\xBD\xA0 ";
  for (const std::int64_t tokens : {10, 50, 200, 700}) {
    const std::string cut = prompts.cut_to(words, tokens);
    EXPECT_LE(prompts.count_text(cut), tokens);
    EXPECT_GT(prompts.count_text(cut), tokens * 3 / 4);
    EXPECT_TRUE(cut.ends_with("..."));
    EXPECT_EQ(json::find_invalid_utf8(cut), std::string_view::npos);
  }
}

}  // namespace
}  // namespace pointsman::gateway
