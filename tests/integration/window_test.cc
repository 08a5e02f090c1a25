// Windows in a running gateway: a request is sent only where it fits, or is made to fit.
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::kChat;
using ::testing::Not;
using testing::status_of;
using testing::TestGateway;
using testing::whole_answer;

// Words that are a token each.
std::string words(int count) {
  std::string out = "simple";
  for (int i = 1; i < count; ++i) out += " word";
  return out;
}

// A conversation of that many earlier turns, each of about `size` tokens.
std::string conversation(int turns, int size) {
  std::string out = R"({"model":"auto","max_tokens":10,"messages":[{"role":"system","content":"Be brief."})";
  for (int i = 0; i < turns; ++i) {
    out += R"(,{"role":"user","content":"turn )" + std::to_string(i) + " " + words(size) + R"("})";
    out += R"(,{"role":"assistant","content":"done"})";
  }
  return out + R"(,{"role":"user","content":"simple and last"}]})";
}

TestGateway::Change windows(std::int64_t small, std::int64_t large, config::ContextPolicy policy) {
  return [=](config::Config& config) {
    for (config::ModelConfig& one : config.models) {
      one.context_window = one.name == "sim-large" ? large : small;
      one.max_output = 50;
      one.max_input.reset();
    }
    config.router.context.policy = policy;
  };
}

class WindowTest : public GatewayTest {
 protected:
  void answer_all() {
    small_.when().then_body(whole_answer("small"));
    tools_.when().then_body(whole_answer("tools"));
    large_.when().then_body(whole_answer("large"));
  }
};

TEST_F(WindowTest, ALargerModelAnswersWhatTheCategorysOwnHasNoRoomFor) {
  start(windows(200, 100'000, config::ContextPolicy::kLargest));
  answer_all();
  const std::string answer = ask_chat(chat(words(400)));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(answer, "x-pointsman-context"), "largest");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.fitting.done, "largest");
  EXPECT_EQ(one.bill.counted, "o200k_base");
  EXPECT_NEAR(static_cast<double>(*one.bill.prompt_tokens), 407, 3);
}

TEST_F(WindowTest, TheCountIsExactSoThatWhatFitsIsSent) {
  start(windows(500, 100'000, config::ContextPolicy::kLargest));
  answer_all();
  // 400 words have 2,000 bytes: their length alone does not show that they fit.
  const std::string answer = ask_chat(chat(words(400), "auto", R"("max_tokens":20,)"));
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(answer, "x-pointsman-context"), "");
}

TEST_F(WindowTest, ThePolicyMaySayThatNoLargerModelAnswers) {
  start(windows(200, 100'000, config::ContextPolicy::kReject));
  answer_all();
  const std::string refused = ask_chat(chat(words(400)));
  EXPECT_EQ(status_of(refused), 400);
  EXPECT_THAT(refused, HasSubstr(R"("code":"context_length_exceeded")"));
  EXPECT_THAT(refused, HasSubstr("this request is too long"));
}

TEST_F(WindowTest, OldTurnsAreLeftOutWhereNobodyHasRoom) {
  start(windows(500, 500, config::ContextPolicy::kTrim));
  answer_all();
  const std::string answer = ask_chat(conversation(20, 60));
  ASSERT_EQ(status_of(answer), 200) << answer;
  EXPECT_THAT(field_of(answer, "x-pointsman-context"), HasSubstr("removed"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.fitting.done, "trimmed");
  EXPECT_GT(one.fitting.removed_messages, 0U);
  EXPECT_GT(one.fitting.tokens_before, 500);
  EXPECT_LE(one.fitting.tokens_after, 490);
  ASSERT_EQ(small_.provider.requests().size(), 1U);
  const std::string sent = small_.provider.requests().front().body;
  EXPECT_THAT(sent, HasSubstr("Be brief."));
  EXPECT_THAT(sent, HasSubstr("simple and last"));
  EXPECT_THAT(sent, Not(HasSubstr("turn 0 ")));
}

TEST_F(WindowTest, ALastTurnThatIsTooLongIsRefused) {
  start(windows(500, 500, config::ContextPolicy::kTrim));
  answer_all();
  EXPECT_EQ(status_of(ask_chat(chat(words(900)))), 400);
}

TEST_F(WindowTest, AModelThatFindsItTooLongAfterAllIsFollowedByALargerOneAndKeepsItsBreakerShut) {
  start(windows(1'000, 100'000, config::ContextPolicy::kLargest));
  small_.when().then_status(400).then_body(
      R"({"error":{"message":"This model's maximum context length is 1000 tokens.","type":"invalid_request_error",)"
      R"("param":"messages","code":"context_length_exceeded"}})");
  tools_.when().then_body(whole_answer("tools"));
  large_.when().then_body(whole_answer("large"));
  for (int i = 0; i < 8; ++i) {
    const std::string answer = ask_chat(chat("simple"));
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large");
  }
  const auto all = gateway_->entries(8);
  ASSERT_EQ(all.size(), 8U);
  for (const ledger::Entry& one : all) {
    ASSERT_EQ(one.attempts.size(), 2U) << "the smaller model is asked each time";
    EXPECT_EQ(one.attempts.front().error, "too_long");
  }
}

}  // namespace
}  // namespace pointsman
