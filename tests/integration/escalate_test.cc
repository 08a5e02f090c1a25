// Answers that are judged before they are released: which one the client gets, and what is on record.
#include <gmock/gmock.h>

#include "cli/replay.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using ::testing::Not;
using testing::status_of;
using testing::TestGateway;
using testing::whole_answer;

// 100 and 50 tokens: of sim-small, sim-large.
constexpr base::Money kSmall{100 * 100 + 50 * 400};
constexpr base::Money kLarge{100 * 5'000 + 50 * 25'000};

std::string with_logprob(std::string_view says, std::string_view logprob) {
  std::string body = whole_answer(says);
  const std::string_view end = R"("finish_reason":"stop")";
  body.replace(body.find(end), end.size(),
               R"("logprobs":{"content":[{"token":"x","logprob":)" + std::string(logprob) +
                   R"(}],"refusal":null},"finish_reason":"stop")");
  return body;
}

void patient(config::Config& config) {
  config.router.retries.budget = 1.0F;
}

class EscalateTest : public GatewayTest {
 protected:
  void start_escalating(const TestGateway::Change& change = {}, bool large_answers = true) {
    start([&](config::Config& config) {
      config::CategoryConfig& simple = config.categories.front();
      simple.models = {"sim-small", "sim-large"};
      simple.strategy = route::Strategy::kEscalate;
      simple.escalate.emplace().min_confidence = 0.5F;
      config.models.front().capabilities->add(llm::Capability::kLogprobs);
      if (change) change(config);
    });
    if (large_answers) large_.when().then_body(whole_answer("from the large one"));
  }
  ledger::Entry entry_that_replays() {
    const ledger::Entry one = entry();
    const auto again = cli::replay(one, gateway_->runtime().snapshot().policy_document);
    EXPECT_TRUE(again.has_value() && again->same());
    EXPECT_EQ(one.order.strategy, "escalate");
    return one;
  }
};

TEST_F(EscalateTest, AGoodAnswerIsReleasedWithoutTheLogprobsTheClientDidNotAskFor) {
  start_escalating();
  small_.when().then_body(with_logprob("sure", "-0.1"));
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("content":"sure"},"logprobs":null,"finish_reason":"stop")"));
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "none");
  EXPECT_THAT(small_.provider.requests().at(0).body, HasSubstr(R"({"logprobs":true,)"));
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
  const ledger::Entry one = entry_that_replays();
  ASSERT_EQ(one.attempts.size(), 1U);
  EXPECT_EQ(one.attempts[0].judged.worth, "good");
  EXPECT_NEAR(one.attempts[0].judged.confidence.value(), 0.9048, 1e-4);
  EXPECT_FALSE(one.attempts[0].judged.discarded);
  EXPECT_EQ(one.cost, kSmall);
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(EscalateTest, AClientThatAsksForLogprobsGetsTheAnswerByteForByte) {
  start_escalating();
  small_.when().then_body(with_logprob("sure", "-0.1"));
  // Whoever demands them needs models that have them.
  const std::string answer = ask_chat(chat("simple", "auto", R"("logprobs":true,)"));
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_EQ(body_of(answer), with_logprob("sure", "-0.1"));
}

TEST_F(EscalateTest, AnUnsureAnswerIsReplacedAndBothAreOnRecord) {
  start_escalating();
  small_.when().then_body(with_logprob("hm", "-2.3"));
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(body_of(answer), whole_answer("from the large one"));
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "escalated");
  EXPECT_THAT(large_.provider.requests().at(0).body, Not(HasSubstr("logprobs"))) << "the last one is not judged";
  const ledger::Entry one = entry_that_replays();
  ASSERT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.attempts[0].judged.worth, "unsure");
  EXPECT_TRUE(one.attempts[0].judged.discarded);
  EXPECT_EQ(one.attempts[0].judged.cost, kSmall);
  EXPECT_EQ(one.attempts[1].judged.worth, "");
  EXPECT_EQ(one.model, "sim-large");
  EXPECT_EQ(one.cost, kSmall + kLarge);
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(EscalateTest, WithoutLogprobsTheStructureCounts) {
  start_escalating([](config::Config& config) { config.models.front().capabilities = llm::CapabilitySet{}; });
  small_.when().times(1).then_body(whole_answer("fine"));
  small_.when().times(1).then_body(whole_answer(" "));
  EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("fine")) << "byte for byte";
  EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("from the large one"));
  EXPECT_EQ(small_.provider.requests().at(0).body, chat("simple", "sim-small"));
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].attempts.at(0).judged.worth, "good");
  EXPECT_EQ(all[1].attempts.at(0).judged.worth, "empty");
}

TEST_F(EscalateTest, APoorAnswerIsBetterThanNone) {
  start_escalating(patient, false);
  small_.when().then_body(with_logprob("hm", "-2.3"));
  large_.when().then_status(500).then_body("{}");
  tools_.when().then_status(500).then_body("{}");
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("content":"hm"},"logprobs":null,)"));
  const ledger::Entry one = entry_that_replays();
  EXPECT_EQ(one.model, "sim-small");
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_FALSE(one.attempts.at(0).judged.discarded);
  EXPECT_EQ(one.cost, kSmall);
}

TEST_F(EscalateTest, AnAnswerThatBreaksOffWhileItIsHeldIsReplaced) {
  start_escalating();
  small_.when()
      .then_raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"cho")
      .then_close();
  EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("from the large one"));
  const ledger::Entry one = entry_that_replays();
  EXPECT_EQ(one.attempts.at(0).judged.worth, "not_whole");
  EXPECT_EQ(one.attempts.at(0).error, "reset");
  EXPECT_EQ(one.cost, std::nullopt) << "nobody said what the broken answer cost";
  EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(EscalateTest, WhatBreaksOffIsReplacedAsFarAsTheBudgetOfRetriesGoes) {
  start_escalating([](config::Config& config) {
    config.router.breaker.failures = 1000;
    config.router.retries.budget = 0;
  });
  small_.when()
      .then_raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"cho")
      .then_close();
  int failed = 0;
  for (int i = 0; i < 40; ++i) failed += status_of(ask_chat(chat("simple"))) == 502 ? 1 : 0;
  // Ten in ten seconds are always free.
  EXPECT_GE(failed, 1);
  EXPECT_EQ(large_.provider.requests().size(), 40U - static_cast<unsigned>(failed));
}

TEST_F(EscalateTest, APoorAnswerIsReplacedWithoutABudget) {
  start_escalating([](config::Config& config) { config.router.retries.budget = 0; });
  small_.when().then_body(with_logprob("hm", "-2.3"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("from the large one"));
  EXPECT_EQ(large_.provider.requests().size(), 20U);
}

TEST_F(EscalateTest, ChunkedAnswersThatComeInPiecesAreHeldTogether) {
  start_escalating();
  const std::string body = with_logprob("sure", "-0.1");
  small_.when()
      .then_header("content-type", "application/json")
      .then_stream({body.substr(0, 30), body.substr(30, 130), body.substr(160)});
  const std::string answer = ask_chat(chat("simple"));
  EXPECT_THAT(answer, HasSubstr(R"("content":"sure"},)"));
  EXPECT_THAT(answer, Not(HasSubstr(R"("logprob":)")));
  EXPECT_EQ(entry_that_replays().attempts.at(0).judged.worth, "good");
}

TEST_F(EscalateTest, AnAnswerBeyondWhatMayBeHeldIsNotJudged) {
  start_escalating([](config::Config& config) { config.categories.front().escalate->max_held = 16 * 1024; });
  small_.when().then_body(whole_answer(std::string(40'000, 'x')));
  EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("from the large one"));
  EXPECT_EQ(entry_that_replays().attempts.at(0).judged.worth, "too_long");
}

TEST_F(EscalateTest, StreamsGoThroughAsTheyCome) {
  start_escalating();
  small_.when().then_header("content-type", kEvents).then_stream({testing::event("hm"), kFinish, kDone});
  const std::string answer = ask_chat(chat_stream("simple"));
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_THAT(answer, HasSubstr(R"("content":"hm")"));
  EXPECT_THAT(small_.provider.requests().at(0).body, Not(HasSubstr("logprobs")));
  EXPECT_EQ(entry_that_replays().attempts.at(0).judged.worth, "");
}

TEST_F(EscalateTest, AClientThatLeavesWhileAnAnswerIsHeldStopsItAndIsOnRecord) {
  start_escalating();
  small_.when().then_raw("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"cho").then_hang();
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(testing::post(testing::kChat, chat("simple"))));
    while (small_.provider.requests().empty()) std::this_thread::yield();
  }
  EXPECT_TRUE(small_.wait_alone());
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientGone);
  EXPECT_EQ(one.status, 499);
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
}

}  // namespace
}  // namespace pointsman
