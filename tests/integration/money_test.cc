// What a request costs and what it is held against, as a running gateway records it.
#include <gmock/gmock.h>

#include "ledger/total_cost.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::kChat;
using testing::post;
using testing::status_of;
using testing::whole_answer;

class MoneyTest : public GatewayTest {};

TEST_F(MoneyTest, IsHeldAgainstTheCategorysBaselineElseTheRoutersElseTheFallback) {
  start([](config::Config& config) {
    config.router.baseline = "sim-tools";
    config.categories[0].baseline = "sim-large";
  });
  small_.when().then_body(whole_answer("small"));
  tools_.when().then_body(whole_answer("tools"));
  large_.when().then_body(whole_answer("large"));
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  const ledger::Entry one = entry();
  ASSERT_EQ(one.category, gateway_->runtime().snapshot().config.categories[0].name);
  EXPECT_EQ(one.bill.baseline, "sim-large");
  ASSERT_TRUE(one.cost && one.baseline_cost && one.bill.expected);
  EXPECT_LT(*one.cost, *one.baseline_cost);
  EXPECT_EQ(ledger::total_cost(one), one.cost);
}

TEST_F(MoneyTest, OfAModelThatTheClientNamedIsItsOwnBaseline) {
  start();
  small_.when().then_body(whole_answer("small"));
  EXPECT_EQ(status_of(ask_chat(chat("hello", "sim-small"))), 200);
  const ledger::Entry one = entry();
  EXPECT_EQ(one.bill.baseline, "sim-small");
  EXPECT_EQ(one.baseline_cost, one.cost);
  EXPECT_TRUE(one.bill.expected);
}

TEST_F(MoneyTest, CacheWritesWithoutAPriceMakeACostUnknown) {
  start();
  small_.when().then_body(
      R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
      R"("content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":50,)"
      R"("prompt_tokens_details":{"cache_write_tokens":40}}})");
  EXPECT_EQ(status_of(ask_chat(chat("hello", "sim-small"))), 200);
  EXPECT_EQ(entry().usage.cache_write_tokens, 40);
  EXPECT_FALSE(entry().cost);
}

TEST_F(MoneyTest, LongPromptsCostWhatTheirTierSays) {
  start([](config::Config& config) {
    route::PriceTier tier;
    tier.above = 99;
    tier.input = base::TokenPrice{1'000'000};
    tier.output = base::TokenPrice{2'000'000};
    for (config::ModelConfig& model : config.models) model.price.tiers = {tier};
  });
  small_.when().then_body(whole_answer("small"));
  EXPECT_EQ(status_of(ask_chat(chat("hello", "sim-small"))), 200);
  EXPECT_EQ(entry().cost, base::Money{100 * 1'000 + 50 * 2'000});
}

TEST_F(MoneyTest, WhatAProviderReportsInTheMiddleOfAStreamIsNotWhatItBills) {
  start();
  const std::string growing =
      R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],)"
      R"("usage":{"prompt_tokens":100,"completion_tokens":1}})"
      "\n\n";
  small_.when().then_header("content-type", "text/event-stream").then_stream({growing, growing}).then_reset();
  (void)ask_chat(chat("hello", "sim-small", R"("stream":true,)"));
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, ledger::Outcome::kCut);
  EXPECT_FALSE(one.usage.known());
  EXPECT_FALSE(one.cost);
}

TEST_F(MoneyTest, OfARequestThatWentOutTwiceNobodyKnowsWhatWasBilled) {
  start();
  small_.when().times(1).then_body(whole_answer("small"));
  const auto client = connect();  // the same for both: the connection to the model is kept when the second is read
  ASSERT_TRUE(client->send(post(kChat, chat("one", "sim-small"))));
  EXPECT_EQ(status_of(client->read_answer()), 200);
  small_.when().times(1).then_close();  // on the connection that was kept
  small_.when().then_body(whole_answer("small"));
  ASSERT_TRUE(client->send(post(kChat, chat("two", "sim-small"))));
  EXPECT_EQ(status_of(client->read_answer()), 200);
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].cost);
  const ledger::Entry& two = all[1];
  EXPECT_FALSE(two.cost);
  ASSERT_EQ(two.attempts.size(), 2U);
  EXPECT_EQ(two.attempts[0].judged.worth, ledger::kUnanswered);
  EXPECT_EQ(two.attempts[1].status, 200);
  EXPECT_EQ(two.usage.input_tokens, 100);
}

}  // namespace
}  // namespace pointsman
