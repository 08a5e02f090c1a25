#include "gateway/explorer.h"

#include <gmock/gmock.h>

#include "gateway/decide.h"
#include "support/routing.h"
#include "wire/openai_chat/request.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::load_words;
using pointsman::testing::three_models;

constexpr base::MonoTime kStart{std::chrono::hours(1000)};
constexpr double kEnough = 1000;  // dollars

class ExplorerTest : public ::testing::Test {
 protected:
  static config::ExploreConfig settings(double share, double dollars) {
    return {.share = share, .max_cost_per_day = base::Money{static_cast<std::int64_t>(dollars * 1e9)}};
  }
  void SetUp() override {
    auto built = build_snapshot(three_models(), load_words(), nullptr);
    ASSERT_TRUE(built.has_value()) << built.error().message();
    snapshot_ = *built;
    decider_.use(*snapshot_);
  }

  // Decides "a simple one", which is sim-small's.
  const route::Explored* explore(Explorer& explorer, base::MonoTime now = kStart,
                                 std::string_view text = "a simple one", std::string_view more = {}) {
    body_ = R"({"model":"auto","messages":[{"role":"user","content":")" + std::string(text) + R"("})" +
            std::string(more) + "]}";
    EXPECT_TRUE(wire::openai_chat::read_chat_request(body_, reader_, request_));
    EXPECT_TRUE(decider_.decide(*snapshot_, request_, header_, {}, decision_));
    decision_.evidence.shift = shift_;
    explorer.explore(*snapshot_, request_, {}, now, decision_);
    return decision_.explored ? &*decision_.explored : nullptr;
  }
  // An answer with an error: not billed.
  static ledger::Entry free_entry() {
    ledger::Entry out;
    out.cost = base::Money{};
    return out;
  }
  std::string first() const { return snapshot_->market.model(decision_.ranked.candidates.front().model).name; }

  SnapshotPtr snapshot_;
  Decider decider_;
  wire::openai_chat::Reader reader_;
  llm::ChatRequest request_;
  std::string body_;
  std::string header_;
  bool shift_ = false;
  Decision decision_;
};

TEST_F(ExplorerTest, IsOffUnlessConfigured) {
  Explorer explorer(1, 1);
  EXPECT_EQ(explore(explorer), nullptr);
  explorer.use(std::nullopt, kStart);
  EXPECT_EQ(explore(explorer), nullptr);
  EXPECT_EQ(first(), "sim-small");
}

TEST_F(ExplorerTest, PutsAMoreCapableModelFirstAndKnowsHowLikelyThatWas) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, kEnough), kStart);
  const route::Explored* one = explore(explorer);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(snapshot_->market.model(one->preferred).name, "sim-small");
  EXPECT_NE(first(), "sim-small");
  EXPECT_DOUBLE_EQ(one->propensity, 0.5);  // sim-large or sim-tools
  EXPECT_EQ(decision_.ranked.candidates[1].model, one->preferred);
}

TEST_F(ExplorerTest, RecordsWhatIsCertainToo) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, kEnough), kStart);
  const route::Explored* doubt = explore(explorer, kStart, "hm");
  ASSERT_NE(doubt, nullptr);
  EXPECT_EQ(doubt->propensity, 1);
  EXPECT_EQ(first(), "sim-large");
  header_ = "simple";
  const route::Explored* pinned = explore(explorer);
  ASSERT_NE(pinned, nullptr);
  EXPECT_FALSE(pinned->moved());
}

TEST_F(ExplorerTest, LeavesAConversationsToolsAlone) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, kEnough), kStart);
  const route::Explored* one = explore(
      explorer, kStart, "a simple one",
      R"(,{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]})"
      R"(,{"role":"tool","tool_call_id":"c","content":"4"})");
  ASSERT_NE(one, nullptr);
  ASSERT_EQ(request_.turn, llm::Turn::kToolResult);
  EXPECT_EQ(one->propensity, 1);
}

TEST_F(ExplorerTest, TriesNothingWhileTheCertificateDoesNotCoverWhatIsSeen) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, kEnough), kStart);
  shift_ = true;
  const route::Explored* one = explore(explorer);
  ASSERT_NE(one, nullptr);
  EXPECT_FALSE(one->moved());
}

TEST_F(ExplorerTest, SpendsNoMoreThanItsPart) {
  Explorer explorer(1, 2);
  explorer.use(settings(1, 0.2), kStart);  // half of a day's part of one of two workers: 5 cents
  base::Money extra;
  const route::Explored* last = nullptr;
  for (int i = 0; i < 1000; ++i) {
    last = explore(explorer);
    extra += last->extra;
  }
  EXPECT_LE(extra, base::Money{50'000'000});
  EXPECT_GT(extra, base::Money{45'000'000});
  EXPECT_EQ(last->propensity, 1) << "nothing is affordable, so nothing was left to chance";
  EXPECT_TRUE(explore(explorer, kStart + std::chrono::hours(24))->moved());
}

TEST_F(ExplorerTest, SettlesByWhatTheAnswerCost) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, 0.03), kStart);  // half a day: 1.5 cents, one answer of sim-large
  while (explore(explorer)->moved() && first() != "sim-large")
    explorer.settle(*snapshot_, decision_, free_entry(), kStart);
  ASSERT_EQ(first(), "sim-large");
  const Decision spent = decision_;
  int dear = 0;
  for (int i = 0; i < 20; ++i) {
    (void)explore(explorer);
    dear += first() == "sim-large";
    explorer.settle(*snapshot_, decision_, free_entry(), kStart);
  }
  EXPECT_EQ(dear, 0) << "what the first is expected to cost is put aside";
  explorer.settle(*snapshot_, spent, free_entry(), kStart);
  for (int i = 0; i < 50 && first() != "sim-large"; ++i) {
    (void)explore(explorer);
    explorer.settle(*snapshot_, decision_, free_entry(), kStart);
  }
  EXPECT_EQ(first(), "sim-large") << "it cost nothing after all";
}

TEST_F(ExplorerTest, AReloadKeepsWhatWasSpent) {
  Explorer explorer(1, 1);
  explorer.use(settings(1, 0.002), kStart);
  while (explore(explorer)->moved()) {
  }
  explorer.use(settings(0.5, 0.002), kStart);
  EXPECT_EQ(explore(explorer)->propensity, 1);
  explorer.use(settings(0.5, 1), kStart);
  EXPECT_LT(explore(explorer)->propensity, 1);
}

}  // namespace
}  // namespace pointsman::gateway
