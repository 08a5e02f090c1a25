// Corrections that take effect at once: said over HTTP, they change what is decided of requests like them, and taken
// back they do not any more, all without a restart.
#include <gmock/gmock.h>

#include <thread>

#include "cli/replay.h"
#include "ledger_sqlite/feedback_store.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::body_of;
using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::post;
using testing::status_of;
using testing::whole_answer;

constexpr std::string_view kText = "a simple one about the parcel that I ordered last Monday";
constexpr std::string_view kLike = "A simple one about the parcel that I ordered last monday!";

class CorrectionsTest : public GatewayTest {
 protected:
  static void keep_texts(config::Config& config) { config.ledger.store_prompts = config::StorePrompts::kFull; }
  void start_gateway() {
    start(keep_texts);
    ledger_ = gateway_->config().ledger.path;
    for (testing::ScriptedUpstream* one : {&small_, &tools_, &large_}) one->when().then_body(whole_answer("x"));
  }
  std::string decide(std::string_view text) {
    last_ = ask_chat(chat(text));
    return field_of(last_, "x-pointsman-stage");
  }
  void say(const std::string& decision, std::string_view members) {
    const std::string answer =
        ask(post("/v1/feedback", R"({"decision_id":")" + decision + "\"," + std::string(members) + "}"));
    EXPECT_EQ(status_of(answer), 200) << answer;
  }
  std::string decision() const { return field_of(last_, "x-pointsman-decision-id"); }
  // As the main thread of a gateway does, several times a second.
  bool comes_to(std::string_view stage) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < patience) {
      gateway_->runtime().learn();
      if (decide(kLike) == stage) return true;
      std::this_thread::yield();
    }
    return false;
  }
  std::unique_ptr<ledger::FeedbackStore> store() { return std::move(*ledger_sqlite::open_feedback_store(ledger_)); }

  std::string ledger_;
  std::string last_;
};

TEST_F(CorrectionsTest, ChangeTheDecisionOfARequestLikeItWithoutARestart) {
  start_gateway();
  EXPECT_EQ(decide(kText), "local");
  const std::string corrected = decision();
  say(corrected, R"("category":"reasoning","annotator":"ann")");
  ASSERT_TRUE(comes_to("memory"));
  EXPECT_EQ(field_of(last_, "x-pointsman-category"), "reasoning");
  EXPECT_EQ(field_of(last_, "x-pointsman-model"), "sim-large");
  EXPECT_THAT(ask(post("/v1/route", chat(kLike))),
              HasSubstr(R"("corrected_before":{"decision_id":")" + corrected + R"(","category":"reasoning")"));
  const ledger::Entry one = gateway_->entries(2).back();
  EXPECT_EQ(one.stage, "memory");
  EXPECT_EQ(one.recalled.decision, corrected);
  EXPECT_EQ(one.recalled.category, "reasoning");
  const auto again = cli::replay(one, gateway_->runtime().snapshot().policy_document);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->same()) << again->differences.front();
  EXPECT_THAT(ask(testing::get("/metrics")), HasSubstr("pointsman_corrections_remembered 1"));
}

TEST_F(CorrectionsTest, TakenBackOrContradictedHaveNoEffectAnyMore) {
  start_gateway();
  EXPECT_EQ(decide(kText), "local");
  const std::string corrected = decision();
  say(corrected, R"("category":"reasoning","annotator":"ann")");
  ASSERT_TRUE(comes_to("memory"));
  say(corrected, R"("category":"simple","annotator":"bob")");
  ASSERT_TRUE(comes_to("local")) << "two contradict each other";
  base::Uuid bobs;
  ASSERT_TRUE(store()->scan([&](const ledger::Feedback& said, const ledger::Entry&) {
    bobs = said.id;
    return true;
  }));
  ASSERT_TRUE(store()->retract(bobs).value());
  ASSERT_TRUE(comes_to("memory"));
  say(corrected, R"("category":"tool_use","annotator":"ann")");
  for (int i = 0; i < 100'000 && field_of(last_, "x-pointsman-category") != "tool_use"; ++i) {
    ASSERT_TRUE(comes_to("memory"));
  }
  EXPECT_EQ(field_of(last_, "x-pointsman-model"), "sim-tools");
}

TEST_F(CorrectionsTest, ThatWereForgottenHaveNoEffectAnyMore) {
  start_gateway();
  EXPECT_EQ(decide(kText), "local");
  say(decision(), R"("category":"reasoning","annotator":"ann")");
  ASSERT_TRUE(comes_to("memory"));
  ASSERT_TRUE(store()->forget({.who = "api:ann"}).has_value());
  EXPECT_TRUE(comes_to("local"));
}

TEST_F(CorrectionsTest, OutliveAReload) {
  start_gateway();
  EXPECT_EQ(decide(kText), "local");
  say(decision(), R"("category":"reasoning","annotator":"ann")");
  ASSERT_TRUE(comes_to("memory"));
  config::Config config = gateway_->config(keep_texts);
  ASSERT_TRUE(gateway_->runtime().reload(config).has_value());
  EXPECT_TRUE(comes_to("memory"));
  config.learn.memory = false;
  ASSERT_TRUE(gateway_->runtime().reload(config).has_value());
  EXPECT_TRUE(comes_to("local")) << "switched off";
}

}  // namespace
}  // namespace pointsman
