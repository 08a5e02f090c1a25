// Who is not called before the decision stands, and what happens when somebody leaves or comes too late meanwhile.
#include <gmock/gmock.h>

#include "support/speculating_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::field_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::kReasoning;
using testing::kSimple;
using testing::post;
using testing::SpeculatingTest;
using testing::status_of;
using testing::whole_answer;

class SpeculateEdgesTest : public SpeculatingTest {
 protected:
  // Nobody but the small model has been asked when it answers.
  void mini_says_alone(int category) {
    mini_.when()
        .then_wait_until([this] {
          early_ = early_ || !small_.provider.requests().empty() || !large_.provider.requests().empty();
          return true;
        })
        .then_body(opinion(category));
  }
  void everyone_answers() {
    small_.when().then_body(whole_answer("small"));
    large_.when().then_body(whole_answer("large"));
  }
  std::atomic<bool> early_{false};
};

TEST_F(SpeculateEdgesTest, NobodyIsCalledEarlyWhoseCategoryIsNotLikelyEnough) {
  start_speculating({}, 0.5F);
  everyone_answers();
  mini_says_alone(kReasoning);
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(answer), whole_answer("large"));
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "");
  EXPECT_THAT(small_.provider.requests(), IsEmpty());
  EXPECT_EQ(entry_that_replays().attempts.size(), 1U);
}

TEST_F(SpeculateEdgesTest, NobodyIsCalledEarlyWhoseAnswerWouldBeJudgedFirst) {
  start_speculating([](config::Config& config) {
    config.categories.front().strategy = route::Strategy::kEscalate;  // no file says so, a program may
  });
  everyone_answers();
  mini_says_alone(kSimple);
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(answer), whole_answer("small"));
  EXPECT_FALSE(early_);
  EXPECT_EQ(entry_that_replays().attempts.at(0).judged.worth, "good");
}

TEST_F(SpeculateEdgesTest, NobodyIsCalledEarlyWhereTheDecisionAloneIsWanted) {
  start_speculating();
  everyone_answers();
  mini_says_alone(kSimple);
  EXPECT_THAT(ask(post("/v1/route", chat("hm"))), HasSubstr(R"("stage":"llm")"));
  EXPECT_THAT(small_.provider.requests(), IsEmpty());
}

TEST_F(SpeculateEdgesTest, WhatTheSmallModelHasSaidBeforeNeedsNoGuess) {
  start_speculating();
  everyone_answers();
  mini_says(kSimple, small_);
  EXPECT_EQ(field_of(ask_chat(chat("hm")), "x-pointsman-speculation"), "released");
  const std::string again = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(again), whole_answer("small"));
  EXPECT_EQ(field_of(again, "x-pointsman-speculation"), "");
  EXPECT_EQ(field_of(ask_chat(chat("a simple one")), "x-pointsman-llm"), "not_needed");
  EXPECT_EQ(mini_.provider.requests().size(), 1U);
}

TEST_F(SpeculateEdgesTest, ASickModelIsNotCalledEarly) {
  start_speculating([](config::Config& config) {
    config.router.breaker.failures = 1;
    config.router.breaker.cooldown = std::chrono::minutes(10);
  });
  small_.when().then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("large"));
  mini_says(kSimple, small_);
  EXPECT_EQ(field_of(ask_chat(chat("hm")), "x-pointsman-speculation"), "failed");
  const std::string answer = ask_chat(chat("well"));
  EXPECT_EQ(body_of(answer), whole_answer("large"));
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "");
  EXPECT_EQ(small_.provider.requests().size(), 1U);
}

TEST_F(SpeculateEdgesTest, WhoeverLeavesBeforeTheDecisionStopsTheCall) {
  start_speculating();
  small_.when().then_hang();
  mini_.when().then_wait_until([this] { return go_.load(); }).then_body(opinion(kSimple));
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(post(kChat, chat("hm"))));
    ASSERT_TRUE(small_.server.wait_until([&](http::Server&) { return small_.provider.requests().size() == 1; }));
  }
  EXPECT_TRUE(small_.wait_alone());
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientGone);
  EXPECT_EQ(one.status, 499);
  ASSERT_EQ(one.attempts.size(), 1U);
  EXPECT_EQ(one.attempts[0].error, "speculation_cancelled");
  EXPECT_EQ(one.cost, std::nullopt) << "what it cost is unknown, not nothing";
  EXPECT_EQ(metric(R"(pointsman_cost_unknown_total{model="sim-small"})"), "1");
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
  go_ = true;
}

TEST_F(SpeculateEdgesTest, WhoeverLeavesAfterTheDecisionStopsTheCallToo) {
  start_speculating();
  small_.when().then_hang();
  mini_says(kSimple, small_);
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(post(kChat, chat("hm"))));
    ASSERT_TRUE(wait_for_metric(R"(pointsman_decisions_total{route="simple",stage="llm"})", "1"));
  }
  EXPECT_TRUE(small_.wait_alone());
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, Outcome::kClientGone);
  ASSERT_EQ(one.attempts.size(), 1U);
  EXPECT_EQ(one.attempts[0].judged.worth, "speculation_cancelled");
  EXPECT_EQ(one.cost, std::nullopt);
  EXPECT_THAT(large_.provider.requests(), IsEmpty()) << "nobody is asked for one who has left";
}

TEST_F(SpeculateEdgesTest, ASmallModelThatIsLateLeavesTheRequestToTheFallback) {
  start_speculating([](config::Config& config) { config.router.llm->deadline = std::chrono::milliseconds(50); });
  everyone_answers();
  mini_.when().then_hang();
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(answer), whole_answer("large")) << "doubt never leads down, whatever has been answered";
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "cancelled");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "llm_late");
  const ledger::Entry one = entry_that_replays();
  EXPECT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.model, "sim-large");
}

TEST_F(SpeculateEdgesTest, AnAnswerOfTheModelThatDoubtLeadsToIsReleasedInDoubt) {
  start_speculating([](config::Config& config) { config.categories.front().models = {"sim-large"}; });
  everyone_answers();
  mini_.when().then_wait_until([this] { return !large_.provider.requests().empty(); }).then_status(500).then_body("{}");
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(answer), whole_answer("large"));
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "released");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "llm_failed");
  EXPECT_EQ(large_.provider.requests().size(), 1U);
}

TEST_F(SpeculateEdgesTest, TwoThatAskTheSameEachHaveTheirOwnCall) {
  start_speculating();
  small_.when().then_body(whole_answer("small"));
  mini_.when().then_wait_until([this] { return small_.provider.requests().size() == 2; }).then_body(opinion(kSimple));
  const auto first = connect();
  const auto second = connect();
  ASSERT_TRUE(first->send(post(kChat, chat("hm"))));
  ASSERT_TRUE(second->send(post(kChat, chat("hm"))));
  EXPECT_EQ(status_of(first->read_answer()), 200);
  EXPECT_EQ(status_of(second->read_answer()), 200);
  EXPECT_EQ(mini_.provider.requests().size(), 1U);
  for (const ledger::Entry& one : gateway_->entries(2)) {
    EXPECT_EQ(one.attempts.size(), 1U);
    EXPECT_EQ(one.outcome, Outcome::kOk);
  }
}

}  // namespace
}  // namespace pointsman
