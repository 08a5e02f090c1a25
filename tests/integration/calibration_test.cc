// How models count tokens, learnt in a running gateway: from what upstreams report, for windows and for what is set
// aside, and over a restart.
#include <gmock/gmock.h>

#include "cli/replay.h"
#include "ledger/key_text.h"
#include "ledger_sqlite/calibrations.h"
#include "ledger_sqlite/key_store.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::status_of;

// Enough for a bound that one prompt in a hundred may miss.
constexpr int kAnswers = 130;
constexpr int kWords = 1'500;
constexpr std::int64_t kReported = 2'110;  // 1.4 times what we count of that
constexpr std::string_view kMaxTokens = R"("max_tokens":20,)";

std::string words(int count) {
  std::string out = "simple";
  for (int i = 1; i < count; ++i) out += " word";
  return out;
}

std::string answer_of(std::int64_t prompt_tokens) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":)"
         R"("assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":)" +
         std::to_string(prompt_tokens) + R"(,"completion_tokens":5,"total_tokens":)" +
         std::to_string(prompt_tokens + 5) + "}}";
}

class CalibrationGatewayTest : public GatewayTest {
 protected:
  void start_with(std::int64_t window, bool needs_key = false) {
    start([&](config::Config& config) {
      directory_ = config.ledger.path;
      config.limits.drain_timeout = std::chrono::seconds(1);
      if (needs_key) add_key();
      for (config::ModelConfig& one : config.models) {
        one.context_window = one.name == "sim-large" ? 100'000 : window;
        one.max_output = 50;
        one.max_input.reset();
      }
    });
  }
  void answer_all() {
    small_.when().then_body(answer_of(kReported));
    tools_.when().then_body(answer_of(kReported));
    large_.when().then_body(answer_of(kReported));
  }
  void add_key() {
    std::filesystem::create_directories(directory_);
    auto store = ledger_sqlite::open_key_store(directory_);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    std::array<unsigned char, ledger::kKeyRandomBytes> random{};
    random.fill(1);
    const std::string text(ledger::key_text(random).reveal());
    ledger::Key key;
    key.id.bytes.fill(1);
    key.name = "app";
    key.owner = "acme";
    key.created = base::SystemClock().wall();
    key.tail = text.substr(text.size() - ledger::kKeyTailBytes);
    key.secrets.push_back({ledger::key_digest(text), std::nullopt});
    key.budgets = {{ledger::KeyPeriod::kDay, base::Money{1'000'000'000'000}, {}}};
    ASSERT_TRUE((*store)->create(key, {"test", key.created}).has_value());
    fields_ = "authorization: Bearer " + text + "\r\n";
  }
  std::string ask_words(int count) { return ask_chat(chat(words(count), "auto", kMaxTokens), fields_); }
  void teach() {
    for (int i = 0; i < kAnswers; ++i) ASSERT_EQ(status_of(ask_words(kWords)), 200);
    // An entry is written before its answer ends, and its report before that.
    gateway_->runtime().calibrate();
  }
  ledger::Entry last(std::size_t number) {
    const auto all = gateway_->entries(number);
    EXPECT_EQ(all.size(), number);
    return all.empty() ? ledger::Entry{} : all.back();
  }

  std::string directory_;
  std::string fields_;
};

TEST_F(CalibrationGatewayTest, AWindowIsHeldAgainstTheTokensThatTheUpstreamMakes) {
  start_with(2'500);
  answer_all();
  EXPECT_EQ(field_of(ask_words(1'900), "x-pointsman-model"), "sim-small") << "nothing is known of it yet";
  teach();
  EXPECT_EQ(field_of(ask_words(kWords), "x-pointsman-model"), "sim-small") << "2,110 and 20 have room";
  const std::string answer = ask_words(1'900);
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large") << "about 2,670 have none";
  EXPECT_EQ(field_of(answer, "x-pointsman-context"), "largest");
  const ledger::Entry entry = last(kAnswers + 3);
  EXPECT_THAT(entry.bill.counted, HasSubstr("o200k_base calibrated sim-small="));
  const auto replayed = cli::replay(entry, gateway_->runtime().snapshot().policy_document);
  ASSERT_TRUE(replayed.has_value()) << replayed.error().message();
  EXPECT_THAT(replayed->differences, ::testing::IsEmpty()) << "the entry holds what was decided from";
}

TEST_F(CalibrationGatewayTest, WhatIsExpectedAndSetAsideFollowsTheReports) {
  start_with(50'000, true);
  answer_all();
  ASSERT_EQ(status_of(ask_words(kWords)), 200);
  const ledger::Entry before = last(1);
  EXPECT_EQ(before.bill.counted, "o200k_base");
  teach();
  ASSERT_EQ(status_of(ask_words(kWords)), 200);
  const ledger::Entry after = last(kAnswers + 2);
  ASSERT_EQ(after.model, "sim-small");
  EXPECT_EQ(after.bill.prompt_tokens, before.bill.prompt_tokens) << "our own count stays what it is";
  EXPECT_THAT(after.bill.counted, HasSubstr("sim-small=2110/"));
  ASSERT_TRUE(before.bill.reserved && after.bill.reserved && before.bill.expected && after.bill.expected);
  EXPECT_GT(after.bill.expected->nanos, before.bill.expected->nanos);
  EXPECT_GT(after.bill.reserved->nanos, before.bill.reserved->nanos);
  EXPECT_GE(after.bill.reserved->nanos, after.cost->nanos) << "the worst case is never less than what it cost";
}

TEST_F(CalibrationGatewayTest, ARestartKeepsWhatWasLearnt) {
  start_with(2'500);
  answer_all();
  teach();
  gateway_->restart();
  const auto kept = ledger_sqlite::read_calibrations(directory_);
  ASSERT_TRUE(kept.has_value());
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ(kept->front().measure, "o200k");
  EXPECT_EQ(field_of(ask_words(1'900), "x-pointsman-model"), "sim-large");
}

TEST_F(CalibrationGatewayTest, AShortPromptIsNotCountedAndItsBytesTeach) {
  start_with(50'000);
  answer_all();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(status_of(ask_words(20)), 200);
  gateway_->runtime().calibrate();
  ASSERT_EQ(status_of(ask_words(20)), 200);
  const ledger::Entry entry = last(4);
  EXPECT_FALSE(entry.bill.prompt_tokens.has_value());
  EXPECT_THAT(entry.bill.counted, HasSubstr("bytes calibrated "));
}

TEST_F(CalibrationGatewayTest, PicturesAndAnswersWithoutUsageTeachNothing) {
  start_with(50'000, true);
  const std::string picture =
      R"({"model":"sim-small","messages":[{"role":"user","content":[{"type":"text","text":"what?"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]})";
  small_.when().times(1).then_body(answer_of(kReported));
  ASSERT_EQ(status_of(ask_chat(picture, fields_)), 200);
  small_.when().then_body(R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x"}}]})");
  ASSERT_EQ(status_of(ask_words(kWords)), 200);
  gateway_->runtime().calibrate();
  ASSERT_EQ(status_of(ask_words(kWords)), 200);
  const ledger::Entry entry = gateway_->entries(3).back();
  EXPECT_THAT(entry.bill.counted, Not(HasSubstr("calibrated")));
}

}  // namespace
}  // namespace pointsman
