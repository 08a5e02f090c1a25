// Turns that were left out of a prompt, summed up by a small model in a running gateway: what is sent, what it costs,
// and what happens where there is no summary.
#include <gmock/gmock.h>

#include "ledger/key_text.h"
#include "ledger/total_cost.h"
#include "ledger_sqlite/key_store.h"
#include "support/test_gateway.h"
#include "wire/trimmed_body.h"

namespace pointsman {
namespace {

using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::kChat;
using ::testing::Not;
using testing::post;
using testing::status_of;
using testing::whole_answer;

constexpr std::string_view kSummary = "They spoke of turns.";

// Words that are a token each.
std::string words(int count) {
  std::string out = "simple";
  for (int i = 1; i < count; ++i) out += " word";
  return out;
}

// A conversation of that many earlier turns, each of about 100 tokens.
std::string conversation(int turns, int last = 3) {
  std::string out = R"({"model":"auto","max_tokens":10,"messages":[{"role":"system","content":"Be brief."})";
  for (int i = 0; i < turns; ++i) {
    out += R"(,{"role":"user","content":"turn )" + std::to_string(i) + " " + words(90) + R"("})";
    out += R"(,{"role":"assistant","content":"done"})";
  }
  return out + R"(,{"role":"user","content":")" + words(last) + R"( and last"}]})";
}

std::string secret(unsigned char number) {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  random.fill(number);
  return std::string(ledger::key_text(random).reveal());
}
std::string bearer(unsigned char number) {
  return "authorization: Bearer " + secret(number) + "\r\n";
}

class SummaryTest : public GatewayTest {
 protected:
  static constexpr std::int64_t kWindow = 2'000;

  // sim-tools sums up, sim-small answers.
  void start_with(const std::function<void(config::Config&)>& change = {}) {
    start([&](config::Config& config) {
      for (config::ModelConfig& one : config.models) {
        one.context_window = kWindow;
        one.max_output = 200;
        one.max_input.reset();
      }
      config.limits.drain_timeout = std::chrono::seconds(1);
      config.router.context = {.policy = config::ContextPolicy::kTrim,
                               .summary = config::SummaryConfig{.model = "sim-tools", .max_tokens = 60}};
      if (change) change(config);
    });
    small_.when().then_body(whole_answer("small"));
  }
  void sum_up_as(std::string_view text) { tools_.when().then_body(whole_answer(text)); }
  void add_key(const config::Config& config, unsigned char number, std::string owner,
               std::vector<ledger::KeyBudget> budgets = {}) {
    std::filesystem::create_directories(config.ledger.path);
    auto store = ledger_sqlite::open_key_store(config.ledger.path);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    ledger::Key key;
    key.id.bytes.fill(number);
    key.name = "key-" + std::to_string(number);
    key.owner = std::move(owner);
    key.created = base::SystemClock().wall();
    const std::string text = secret(number);
    key.tail = text.substr(text.size() - ledger::kKeyTailBytes);
    key.secrets.push_back({ledger::key_digest(text), std::nullopt});
    key.budgets = std::move(budgets);
    const auto made = (*store)->create(key, {"test", key.created});
    ASSERT_TRUE(made.has_value()) << made.error().message();
  }

  std::string sent(std::size_t index = 0) const { return small_.provider.requests().at(index).body; }
  std::size_t calls() const { return tools_.provider.requests().size(); }
  // A request went on without a summary, for that reason.
  void expect_without(const ledger::Entry& one, std::string_view why) {
    EXPECT_EQ(one.fitting.done, "trimmed");
    EXPECT_EQ(one.fitting.summary, why);
    EXPECT_EQ(one.outcome, ledger::Outcome::kOk);
    EXPECT_THAT(sent(), Not(HasSubstr("Summary of the earlier conversation")));
    EXPECT_THAT(sent(), Not(HasSubstr("turn 0 ")));
  }
};

TEST_F(SummaryTest, TakesThePlaceOfWhatWasRemoved) {
  start_with();
  sum_up_as(kSummary);
  const std::string answer = ask_chat(conversation(30));
  ASSERT_EQ(status_of(answer), 200) << answer;
  EXPECT_THAT(field_of(answer, "x-pointsman-context"), HasSubstr("tokens; with a summary by sim-tools"));
  EXPECT_THAT(sent(), HasSubstr(std::string("[Summary of the earlier conversation, which no longer fits the context "
                                            "window]\\n") +
                                std::string(kSummary) + "\\n\\nturn "));
  EXPECT_THAT(sent(), Not(HasSubstr("turn 0 ")));
  ASSERT_EQ(calls(), 1U);
  const std::string asked = tools_.provider.requests().front().body;
  EXPECT_THAT(asked, HasSubstr("turn 0 "));
  EXPECT_THAT(asked, HasSubstr(R"("max_completion_tokens":60)"));
  EXPECT_THAT(asked, Not(HasSubstr("and last")));

  const ledger::Entry one = entry();
  EXPECT_EQ(one.fitting.summary, "used");
  EXPECT_EQ(one.fitting.summary_model, "sim-tools");
  EXPECT_EQ(one.fitting.summary_usage.input_tokens, 100);
  EXPECT_EQ(one.fitting.summary_usage.output_tokens, 50);
  ASSERT_TRUE(one.fitting.summary_cost && one.cost);
  EXPECT_GT(*one.fitting.summary_cost, base::Money{});
  EXPECT_EQ(ledger::total_cost(one), *one.cost + *one.fitting.summary_cost);
  EXPECT_LE(one.fitting.tokens_after, kWindow - 10);
  EXPECT_EQ(one.bill.prompt_tokens, one.fitting.tokens_after) << "counted as it was sent";
  EXPECT_EQ(one.attempts.size(), 1U) << "the call that sums up is no attempt to answer";
}

TEST_F(SummaryTest, IsMadeOnceForAsLongAsTheCutStays) {
  start_with();
  sum_up_as(kSummary);
  ASSERT_EQ(status_of(ask_chat(conversation(22))), 200);
  ASSERT_EQ(status_of(ask_chat(conversation(23))), 200);
  ASSERT_EQ(calls(), 1U);
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].fitting.removed_messages, all[1].fitting.removed_messages);
  EXPECT_EQ(all[1].fitting.summary, "cached");
  EXPECT_EQ(all[1].fitting.summary_cost, base::Money{});
  EXPECT_EQ(all[0].conversation, all[1].conversation);
  // What the provider has cached of the first prompt stays good.
  const std::string first = sent(0);
  EXPECT_TRUE(sent(1).starts_with(first.substr(0, first.find(R"(,{"role":"user","content":"simple word word and)"))));
}

TEST_F(SummaryTest, IsSharedByRequestsThatNeedItAtTheSameTime) {
  start_with([](config::Config& config) { config.workers = 1; });
  tools_.when().then_wait_until([this] { return go_.load(); }).then_body(whole_answer(kSummary));
  const auto one = connect();
  const auto other = connect();
  ASSERT_TRUE(one->send(post(kChat, conversation(30), "")));
  ASSERT_TRUE(tools_.server.wait_until([](http::Server& server) { return server.active() == 1; }));
  ASSERT_TRUE(other->send(post(kChat, conversation(30), "")));
  go_ = true;
  EXPECT_EQ(status_of(one->read_answer()), 200);
  EXPECT_EQ(status_of(other->read_answer()), 200);
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT((std::array{all[0].fitting.summary, all[1].fitting.summary}),
              ::testing::UnorderedElementsAre("used", "cached"));
}

TEST_F(SummaryTest, IsNeverSharedBetweenOwners) {
  start_with([this](config::Config& config) {
    add_key(config, 1, "acme");
    add_key(config, 2, "acme");
    add_key(config, 3, "zenith");
    add_key(config, 4, "");
    add_key(config, 5, "");
  });
  sum_up_as(kSummary);
  const std::array<std::size_t, 6> wanted = {0, 1, 1, 2, 3, 4};  // calls after so many keys
  for (unsigned char number = 1; number <= 5; ++number) {
    ASSERT_EQ(status_of(ask_chat(conversation(30), bearer(number))), 200);
    EXPECT_EQ(calls(), wanted[number]) << int{number};
  }
}

TEST_F(SummaryTest, AFailingModelHoldsNobodyUp) {
  start_with();
  tools_.when().then_status(500).then_body(R"({"error":{"message":"no"}})");
  const std::string answer = ask_chat(conversation(30));
  ASSERT_EQ(status_of(answer), 200);
  EXPECT_THAT(field_of(answer, "x-pointsman-context"), HasSubstr("; no summary: failed"));
  const ledger::Entry one = entry();
  expect_without(one, "failed");
  EXPECT_EQ(one.fitting.summary_model, "sim-tools");
  EXPECT_EQ(one.fitting.summary_cost, base::Money{}) << "an error is not billed";
}

TEST_F(SummaryTest, AnAnswerThatSaysNothingIsPaidAndNotUsed) {
  start_with();
  sum_up_as("  ");
  ASSERT_EQ(status_of(ask_chat(conversation(30))), 200);
  const ledger::Entry one = entry();
  expect_without(one, "failed");
  EXPECT_GT(one.fitting.summary_cost.value_or(base::Money{}), base::Money{});
}

TEST_F(SummaryTest, AModelThatAlwaysFailsIsLeftAloneForAWhile) {
  start_with([](config::Config& config) {
    config.workers = 1;  // each learns for itself
    config.router.breaker.failures = 2;
  });
  sum_up_as("  ");
  for (int i = 0; i < 4; ++i) ASSERT_EQ(status_of(ask_chat(conversation(30))), 200);
  EXPECT_EQ(calls(), 2U);
  const auto all = gateway_->entries(4);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3].fitting.summary, "resting");
  EXPECT_EQ(ledger::total_cost(all[3]), all[3].cost) << "nobody was asked";
}

TEST_F(SummaryTest, IsNotWaitedForBeyondItsDeadline) {
  start_with([](config::Config& config) { config.router.context.summary->deadline = std::chrono::milliseconds(100); });
  tools_.when().then_hang();
  const std::string answer = ask_chat(conversation(30));
  ASSERT_EQ(status_of(answer), 200);
  EXPECT_THAT(field_of(answer, "x-pointsman-context"), HasSubstr("; no summary: late"));
  const ledger::Entry one = entry();
  expect_without(one, "late");
  EXPECT_EQ(one.fitting.summary_cost, std::nullopt) << "nobody knows what was billed for it";
  EXPECT_EQ(ledger::total_cost(one), std::nullopt);
  EXPECT_TRUE(tools_.wait_alone()) << "the call was ended";
}

TEST_F(SummaryTest, IsCutWhereItIsLongerThanTheRoomKeptForIt) {
  start_with();
  sum_up_as("head " + words(400));
  ASSERT_EQ(status_of(ask_chat(conversation(30))), 200);
  const ledger::Entry one = entry();
  EXPECT_EQ(one.fitting.summary, "used");
  EXPECT_THAT(sent(), HasSubstr("head simple word"));
  EXPECT_THAT(sent(), HasSubstr("...\\n\\nturn "));
  EXPECT_LE(one.fitting.tokens_after, kWindow - 10);
}

TEST_F(SummaryTest, IsNotAskedForWhereTheLastTurnLeavesNoRoomForIt) {
  start_with();
  sum_up_as(kSummary);
  ASSERT_EQ(status_of(ask_chat(conversation(20, 1'920))), 200);
  const ledger::Entry one = entry();
  expect_without(one, "no_room");
  EXPECT_EQ(calls(), 0U);
  EXPECT_EQ(one.fitting.summary_model, "");
  EXPECT_TRUE(ledger::total_cost(one).has_value());
}

TEST_F(SummaryTest, MaskedResultsAloneNeedNoSummary) {
  start_with();
  sum_up_as(kSummary);
  std::string body = R"({"model":"auto","max_tokens":10,"messages":[{"role":"user","content":"simple look"},)"
                     R"({"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f",)"
                     R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":")" +
                     words(1'990) +
                     R"("},{"role":"assistant","content":"done"},{"role":"user","content":"simple and last"}]})";
  ASSERT_EQ(status_of(ask_chat(body)), 200);
  const ledger::Entry one = entry();
  EXPECT_EQ(one.fitting.masked_results, 1U);
  EXPECT_EQ(one.fitting.summary, "");
  EXPECT_EQ(calls(), 0U);
}

TEST_F(SummaryTest, AServerThatKnowsOnlyTheOlderLimitIsAskedWithThat) {
  start_with();
  tools_.when(simulate::body_contains("max_completion_tokens"))
      .then_status(400)
      .then_body(R"({"error":{"message":"Unrecognized request argument: max_completion_tokens"}})");
  tools_.when(simulate::body_contains(R"("max_tokens":60)")).then_body(whole_answer(kSummary));
  ASSERT_EQ(status_of(ask_chat(conversation(30))), 200);
  EXPECT_EQ(entry().fitting.summary, "used");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(SummaryTest, BudgetsPayForIt) {
  start_with([this](config::Config& config) { add_key(config, 1, "acme", {{.money = base::Money{1'000'000'000}}}); });
  sum_up_as(kSummary);
  ASSERT_EQ(status_of(ask_chat(conversation(30), bearer(1))), 200);
  const ledger::Entry one = entry();
  ASSERT_TRUE(one.cost && one.fitting.summary_cost);
  EXPECT_EQ(one.bill.charged, *one.cost + *one.fitting.summary_cost);
  EXPECT_EQ(one.bill.charged_tokens, 300);
  EXPECT_GE(*one.bill.reserved, *one.bill.charged);
}

TEST_F(SummaryTest, ABudgetIsChargedTheWorstWhereNobodyKnowsWhatItCost) {
  start_with([this](config::Config& config) {
    config.router.context.summary->deadline = std::chrono::milliseconds(100);
    add_key(config, 1, "acme", {{.money = base::Money{1'000'000'000}}});
  });
  tools_.when().then_hang();
  ASSERT_EQ(status_of(ask_chat(conversation(30), bearer(1))), 200);
  const ledger::Entry one = entry();
  ASSERT_TRUE(one.cost.has_value());
  EXPECT_GT(*one.bill.charged, *one.cost);
}

TEST_F(SummaryTest, IsNotMadeWhereABudgetHasNoRoomForIt) {
  start_with([this](config::Config& config) {
    // The summary's model is as dear as can be, so that its worst case is more than the day's money.
    for (config::ModelConfig& one : config.models) {
      if (one.name != "sim-tools") continue;
      one.price.input = base::TokenPrice::per_million(base::Money{1'000'000'000'000});
      one.price.output = one.price.input;
    }
    add_key(config, 1, "acme", {{.money = base::Money{500'000'000}}});
  });
  sum_up_as(kSummary);
  ASSERT_EQ(status_of(ask_chat(conversation(30), bearer(1))), 200);
  const ledger::Entry one = entry();
  expect_without(one, "no_budget");
  EXPECT_EQ(calls(), 0U);
  EXPECT_EQ(one.bill.charged, one.cost);
}

TEST_F(SummaryTest, AClientThatLeavesMeanwhileLeavesAnEntryAndTheSummaryToTheNext) {
  start_with();
  tools_.when().then_wait_until([this] { return go_.load(); }).then_body(whole_answer(kSummary));
  {
    const auto client = connect();
    ASSERT_TRUE(client->send(post(kChat, conversation(30), "")));
    ASSERT_TRUE(tools_.server.wait_until([](http::Server& server) { return server.active() == 1; }));
  }
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, ledger::Outcome::kClientGone);
  EXPECT_EQ(one.fitting.summary, "cancelled");
  EXPECT_EQ(one.fitting.summary_cost, std::nullopt) << "it is still being made";
  go_ = true;
  EXPECT_TRUE(tools_.wait_alone());
  ASSERT_EQ(status_of(ask_chat(conversation(30))), 200);
  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(gateway_->entries(2).back().fitting.summary, "cached");
}

TEST_F(SummaryTest, OtherProtocolsGetItAsAPartOfTheUsersMessage) {
  start_with();
  sum_up_as(kSummary);
  std::string body = R"({"model":"auto","max_tokens":10,"messages":[)";
  for (int i = 0; i < 30; ++i) {
    body += R"({"role":"user","content":[{"type":"text","text":"turn )" + std::to_string(i) + " " + words(90) +
            R"("}]},{"role":"assistant","content":"done"},)";
  }
  body += R"({"role":"user","content":"simple and last"}]})";
  ASSERT_EQ(status_of(ask(post("/v1/messages", body, "anthropic-version: 2023-06-01\r\n"))), 200);
  EXPECT_EQ(entry().fitting.summary, "used");
  EXPECT_THAT(sent(), HasSubstr(kSummary));
}

}  // namespace
}  // namespace pointsman
