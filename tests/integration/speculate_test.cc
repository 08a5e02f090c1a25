// Calls that are made before the decision stands: when their answers are released, and what becomes of those that are
// not. Every order of events is made by the upstreams' scripts, which wait for one another.
#include <gmock/gmock.h>

#include "support/speculating_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::event;
using testing::field_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kReasoning;
using testing::kSimple;
using testing::kUsage;
using ::testing::Not;
using testing::post;
using testing::SpeculatingTest;
using testing::status_of;
using testing::whole_answer;

// 100 and 50 tokens: of sim-small, sim-large.
constexpr base::Money kSmall{100 * 100 + 50 * 400};
constexpr base::Money kLarge{100 * 5'000 + 50 * 25'000};

class SpeculateTest : public SpeculatingTest {};

TEST_F(SpeculateTest, TheModelIsCalledBeforeTheSmallModelHasAnsweredAndItsAnswerReleased) {
  start_speculating();
  small_.when().then_body(whole_answer("here"));
  mini_says(kSimple, small_);
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), whole_answer("here"));
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "released");
  EXPECT_EQ(field_of(answer, "x-pointsman-stage"), "llm");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "none");
  EXPECT_EQ(small_.provider.requests().size(), 1U);
  EXPECT_EQ(small_.provider.requests().at(0).body, chat("hm", "sim-small"));
  EXPECT_THAT(large_.provider.requests(), IsEmpty());
  const ledger::Entry one = entry_that_replays();
  ASSERT_EQ(one.attempts.size(), 1U);
  EXPECT_EQ(one.attempts[0].judged.worth, "speculation_released");
  EXPECT_EQ(one.attempts[0].status, 200);
  EXPECT_FALSE(one.attempts[0].judged.discarded);
  EXPECT_EQ(one.cost, kSmall);
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_LE(one.overhead, one.total - one.attempts[0].first_byte) << "nobody waited for both, one after the other";
  EXPECT_EQ(metric(R"(pointsman_speculations_total{outcome="released"})"), "1");
  EXPECT_EQ(metric(R"(pointsman_upstream_requests_total{provider="sim-small",model="sim-small"})"), "1");
}

TEST_F(SpeculateTest, AStreamBeginsWhenTheDecisionStandsAndGoesOnAsItComes) {
  start_speculating();
  small_.when()
      .then_header("content-type", kEvents)
      .then_stream({event("one")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({event("two"), kFinish, kUsage, kDone});
  mini_.when().then_wait_until([this] { return decide_.load(); }).then_body(opinion(kSimple));
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("hm"))));
  ASSERT_TRUE(small_.server.wait_until([&](http::Server&) { return small_.provider.requests().size() == 1; }));
  EXPECT_TRUE(client->silent_for(30)) << "not a byte before the decision stands";
  decide_ = true;
  ASSERT_TRUE(client->read_until(event("one")));
  go_ = true;
  ASSERT_TRUE(client->read_until(kDone));
  EXPECT_EQ(field_of(client->received(), "x-pointsman-speculation"), "released");
  EXPECT_THAT(client->received(), Not(HasSubstr("usage"))) << "nobody asked for it";
  const ledger::Entry one = entry_that_replays();
  EXPECT_EQ(one.cost, kSmall);
  EXPECT_EQ(one.attempts.at(0).judged.worth, "speculation_released");
}

TEST_F(SpeculateTest, AnAnswerThatComesAfterTheDecisionIsWaitedFor) {
  start_speculating();
  small_.when().then_wait_until([this] { return go_.load(); }).then_body(whole_answer("late"));
  mini_says(kSimple, small_);
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("hm"))));
  ASSERT_TRUE(wait_for_metric(R"(pointsman_decisions_total{route="simple",stage="llm"})", "1"));
  go_ = true;
  EXPECT_EQ(body_of(client->read_answer()), whole_answer("late"));
  EXPECT_EQ(small_.provider.requests().size(), 1U);
  EXPECT_EQ(entry_that_replays().attempts.at(0).judged.worth, "speculation_released");
}

TEST_F(SpeculateTest, ACallThatIsNotWantedIsGivenUpAndItsUnknownCostIsNotNothing) {
  start_speculating();
  small_.when().then_hang();
  large_.when().then_body(whole_answer("large"));
  mini_says(kReasoning, small_);
  const std::string answer = ask_chat(chat("hm"));
  EXPECT_EQ(body_of(answer), whole_answer("large"));
  EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "cancelled");
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large");
  EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), "none") << "the decision's first model answered";
  EXPECT_EQ(field_of(answer, "x-pointsman-cost-usd"), "");
  EXPECT_TRUE(small_.wait_alone()) << "its upstream is left";
  const ledger::Entry one = entry_that_replays();
  ASSERT_EQ(one.attempts.size(), 2U);
  EXPECT_EQ(one.attempts[0].model, "sim-small");
  EXPECT_EQ(one.attempts[0].error, "speculation_cancelled");
  EXPECT_EQ(one.attempts[0].judged.worth, "speculation_cancelled");
  EXPECT_TRUE(one.attempts[0].judged.discarded);
  EXPECT_EQ(one.attempts[0].judged.cost, std::nullopt);
  EXPECT_EQ(one.attempts[1].model, "sim-large");
  EXPECT_EQ(one.attempts[1].error, "");
  EXPECT_EQ(one.cost, std::nullopt);
  EXPECT_EQ(one.outcome, Outcome::kOk);
  EXPECT_GE(one.overhead, one.consultation.took) << "the small model was waited for";
  EXPECT_EQ(metric(R"(pointsman_speculations_total{outcome="cancelled"})"), "1");
  EXPECT_EQ(metric(R"(pointsman_cost_unknown_total{model="sim-small"})"), "1");
  EXPECT_EQ(metric(R"(pointsman_breaker_state{model="sim-small"})"), "0");
}

// What the upstream sent in whole says what it cost; an error is not billed.
TEST_F(SpeculateTest, ACallThatIsNotWantedCostsWhatItsWholeAnswerSays) {
  struct Case {
    const char* name;
    std::string body;
    int status;
    std::vector<std::string> stream;
    std::optional<base::Money> cost;
  };
  const Case cases[] = {
      {"whole", whole_answer("unwanted"), 200, {}, kSmall},
      {"stream", "", 200, {event("unwanted"), kFinish, kUsage, kDone}, kSmall},
      {"stream without usage", "", 200, {event("unwanted"), kFinish, kDone}, std::nullopt},
      {"half a stream", "", 200, {event("unwanted"), kUsage}, std::nullopt},
      {"the client's mistake", "{}", 400, {}, base::Money{}},
  };
  start_speculating();
  large_.when().then_header("content-type", "application/json").then_body(whole_answer("large"));
  std::size_t count = 0;
  for (const Case& one : cases) {
    std::atomic<bool> sent = false;
    auto& script = small_.when().times(1).then_status(one.status);
    one.stream.empty() ? script.then_body(one.body)
                       : script.then_header("content-type", kEvents).then_stream(one.stream);
    script.then_wait_until([&sent] { return sent = true; });
    mini_.when().times(1).then_wait_until([&sent] { return sent.load(); }).then_body(opinion(kReasoning));
    const std::string text = std::string("hm, ") + one.name;
    EXPECT_THAT(ask_chat(one.stream.empty() ? chat(text) : chat_stream(text)), HasSubstr(whole_answer("large")));
    const auto all = gateway_->entries(++count);
    ASSERT_EQ(all.size(), count);
    const ledger::Entry& entry = all.back();
    EXPECT_EQ(entry.attempts.at(0).judged.cost, one.cost) << one.name;
    EXPECT_EQ(entry.attempts.at(0).error, "speculation_cancelled") << one.name;
    EXPECT_EQ(entry.cost, one.cost ? std::optional(kLarge + *one.cost) : std::nullopt) << one.name;
  }
}

TEST_F(SpeculateTest, ACallThatFailedIsNotMadeAgainAndNotHeldAgainstTheRequest) {
  start_speculating([](config::Config& config) {
    config.router.retries.max_attempts = 1;
    config.router.retries.budget = 0;
  });
  small_.when().then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("large"));
  std::size_t count = 0;
  for (const int category : {kSimple, kReasoning}) {
    std::atomic<bool>& asked = count == 0 ? go_ : decide_;
    mini_.when()
        .times(1)
        .then_wait_until([&, count] { return small_.provider.requests().size() > count; })
        .then_wait_until([&asked] { return asked.load(); })
        .then_body(opinion(category));
    const auto client = connect();
    ASSERT_TRUE(client->send(post(kChat, chat("hm, " + std::to_string(count)))));
    ASSERT_TRUE(wait_for_metric(R"(reason="status_500"})", std::to_string(count + 1)));
    asked = true;
    const std::string answer = client->read_answer();
    EXPECT_EQ(body_of(answer), whole_answer("large")) << category;
    EXPECT_EQ(field_of(answer, "x-pointsman-speculation"), "failed");
    EXPECT_EQ(field_of(answer, "x-pointsman-fallback"), count == 0 ? "failover" : "none");
    EXPECT_EQ(small_.provider.requests().size(), ++count) << "asked once";
  }
  for (const ledger::Entry& one : gateway_->entries(2)) {
    ASSERT_EQ(one.attempts.size(), 2U);
    EXPECT_EQ(one.attempts[0].error, "status_500");
    EXPECT_EQ(one.attempts[0].judged.worth, "speculation_failed");
    EXPECT_FALSE(one.attempts[0].judged.discarded);
    EXPECT_EQ(one.cost, kLarge);
    EXPECT_EQ(one.outcome, Outcome::kOk);
  }
}

TEST_F(SpeculateTest, TheOnlyModelThereIsIsAskedAgain) {
  start_speculating([](config::Config& config) { config.router.fallback = {"sim-small"}; });
  small_.when().times(1).then_status(500).then_body("{}");
  small_.when().then_body(whole_answer("better now"));
  mini_says(kSimple, small_);
  EXPECT_EQ(body_of(ask_chat(chat("hm"))), whole_answer("better now"));
  EXPECT_EQ(entry_that_replays().attempts.size(), 2U);
}

TEST_F(SpeculateTest, AnAnswerThatBreaksOffWhileItIsHeldIsReplaced) {
  start_speculating();
  std::atomic<bool> sent = false;
  std::atomic<bool> broken = false;
  small_.when()
      .then_raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"cho")
      .then_wait_until([&] { return (sent = true) && go_; })
      .then_reset();
  mini_.when().then_wait_until([&broken] { return broken.load(); }).then_body(opinion(kSimple));
  large_.when().then_body(whole_answer("large"));
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("hm"))));
  ASSERT_TRUE(mini_.server.wait_until([&](http::Server&) { return sent.load(); }));
  // Whoever answers this has seen those bytes.
  EXPECT_EQ(metric(R"(pointsman_upstream_requests_total{provider="sim-small",model="sim-small"})"), "1");
  go_ = true;
  ASSERT_TRUE(small_.wait_alone());
  broken = true;
  EXPECT_EQ(body_of(client->read_answer()), whole_answer("large"));
  const ledger::Entry one = entry_that_replays();
  EXPECT_EQ(one.attempts.at(0).error, "reset");
  EXPECT_EQ(one.attempts.at(0).judged.worth, "speculation_failed");
  EXPECT_TRUE(one.attempts.at(0).judged.discarded);
  EXPECT_FALSE(one.cost) << "whether what broke off was billed is unknown";
  EXPECT_EQ(small_.provider.requests().size(), 1U);
}

}  // namespace
}  // namespace pointsman
