// Exploration in a running gateway: who answers, what the ledger keeps of it, and that its entries decide the same
// again.
#include <gmock/gmock.h>

#include <map>

#include "cli/replay.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::IsEmpty;
using testing::kChat;
using testing::post;
using testing::status_of;
using testing::TestGateway;
using testing::whole_answer;

TestGateway::Change exploring(double share) {
  return [share](config::Config& config) {
    config.router.explore = {.share = share, .max_cost_per_day = base::Money{1'000'000'000'000}};
  };
}

class ExploreTest : public GatewayTest {
 protected:
  void answer_all() {
    small_.when().then_body(whole_answer("small"));
    tools_.when().then_body(whole_answer("tools"));
    large_.when().then_body(whole_answer("large"));
  }
  void expect_same_again(const std::vector<ledger::Entry>& entries) {
    const std::string& document = gateway_->runtime().snapshot().policy_document;
    for (const ledger::Entry& one : entries) {
      const auto again = cli::replay(one, document);
      ASSERT_TRUE(again.has_value()) << again.error().message();
      EXPECT_THAT(again->differences, IsEmpty()) << one.exploration.propensity;
    }
  }
};

TEST_F(ExploreTest, IsOffByDefaultAndLeavesNoTrace) {
  start();
  answer_all();
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-model"), "sim-small");
  EXPECT_EQ(entry().exploration.preferred, "");
}

TEST_F(ExploreTest, KeepsWhatWasDoneWithItsPropensity) {
  start(exploring(0.5));
  answer_all();
  constexpr int kAsked = 60;
  for (int i = 0; i < kAsked; ++i) EXPECT_EQ(status_of(ask_chat(chat("simple " + std::to_string(i)))), 200);
  const auto all = gateway_->entries(kAsked);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kAsked));
  std::map<std::string, int> models;
  for (const ledger::Entry& one : all) {
    EXPECT_EQ(one.exploration.preferred, "sim-small");
    EXPECT_EQ(one.candidates.front(), one.model);
    EXPECT_FLOAT_EQ(one.exploration.propensity, one.model == "sim-small" ? 0.5F : 0.25F);
    EXPECT_EQ(one.category, "simple") << "what was decided stays what was decided";
    ++models[one.model];
  }
  // Each of the three has a chance below one in two million of not being drawn.
  EXPECT_EQ(models.size(), 3U);
  expect_same_again(all);
}

TEST_F(ExploreTest, FailsOverToThePreferredModel) {
  start(exploring(1));
  small_.when().then_body(whole_answer("small"));
  tools_.when().then_status(500).then_body("{}");
  large_.when().then_status(500).then_body("{}");
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-model"), "sim-small");
  const ledger::Entry one = entry();
  EXPECT_FLOAT_EQ(one.exploration.propensity, 0.5F);
  EXPECT_NE(one.candidates.front(), "sim-small");
  expect_same_again({one});
}

TEST_F(ExploreTest, ADecisionThatIsOnlyAskedAboutIsNotExplored) {
  start(exploring(1));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(ask(post("/v1/route", chat("simple"))), ::testing::HasSubstr(R"("model":"sim-small")"));
  }
}

}  // namespace
}  // namespace pointsman
