// How the order of a category's models comes about in a running gateway, and that its entries decide the same again.
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

// Every model may answer what is "simple".
TestGateway::Change any_model(route::Strategy strategy, std::vector<config::WeightConfig> weights = {}) {
  return [strategy, weights = std::move(weights)](config::Config& config) {
    config::CategoryConfig& simple = config.categories.front();
    simple.models = {"sim-large", "sim-small", "sim-tools"};
    simple.strategy = strategy;
    simple.weights = weights;
  };
}

class StrategyTest : public GatewayTest {
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
      EXPECT_THAT(again->differences, IsEmpty()) << one.order.strategy;
    }
  }
};

TEST_F(StrategyTest, PriceIsTheDefaultAndPreferenceKeepsTheList) {
  start(any_model(route::Strategy::kPrice));
  answer_all();
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-model"), "sim-small");
  EXPECT_EQ(gateway_->entries(1).at(0).order.strategy, "");
  expect_same_again(gateway_->entries(1));
  start(any_model(route::Strategy::kPreference));
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-model"), "sim-large");
  EXPECT_EQ(gateway_->entries(1).at(0).order.strategy, "preference");
  expect_same_again(gateway_->entries(1));
}

TEST_F(StrategyTest, SplitsKeepAConversationsModelAndTheLedgerNamesTheArm) {
  start(any_model(route::Strategy::kSplit, {{"sim-large", 0}, {"sim-small", 1}, {"sim-tools", 1}}));
  answer_all();
  std::map<std::string, int> arms;
  for (int i = 0; i < 40; ++i) {
    const std::string text = "simple " + std::to_string(i);
    const std::string model = field_of(ask_chat(chat(text)), "x-pointsman-model");
    EXPECT_EQ(field_of(ask_chat(chat(text)), "x-pointsman-model"), model) << text;
    ++arms[model];
  }
  EXPECT_EQ(arms["sim-large"], 0);
  EXPECT_GT(arms["sim-small"], 5);
  EXPECT_GT(arms["sim-tools"], 5);
  const auto all = gateway_->entries(80);
  ASSERT_EQ(all.size(), 80U);
  for (const ledger::Entry& one : all) EXPECT_EQ(one.order.drawn, one.model);
  expect_same_again(all);
}

TEST_F(StrategyTest, ADrawnArmThatFailsStaysOnRecord) {
  start(any_model(route::Strategy::kSplit, {{"sim-large", 0}, {"sim-small", 1}, {"sim-tools", 0}}));
  small_.when().then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("x"));
  EXPECT_EQ(field_of(ask_chat(chat("simple")), "x-pointsman-model"), "sim-large");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.order.drawn, "sim-small");
  EXPECT_EQ(one.model, "sim-large");
  expect_same_again({one});
}

TEST_F(StrategyTest, LatencyLearnsWhoIsQuickAndRecordsWhatItKnew) {
  start([](config::Config& config) {
    any_model(route::Strategy::kLatency)(config);
    config.workers = 1;  // what is learnt is each worker's own
  });
  using std::chrono::milliseconds;
  large_.when().then_wait(milliseconds(40)).then_body(whole_answer("large"));
  tools_.when().then_wait(milliseconds(40)).then_body(whole_answer("tools"));
  small_.when().then_body(whole_answer("small"));
  for (const char* model : {"sim-large", "sim-small", "sim-tools"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(ask_chat(chat("simple", model))), 200);
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  const auto all = gateway_->entries(29);
  ASSERT_EQ(all.size(), 29U);
  for (std::size_t i = 9; i < all.size(); ++i) {
    const ledger::Ordering& order = all[i].order;
    EXPECT_EQ(order.strategy, "latency");
    ASSERT_EQ(order.paces.size(), 3U);
    const auto quickest = std::ranges::min_element(order.paces, {}, &ledger::Ordering::Pace::first_byte);
    EXPECT_EQ(all[i].model, order.drawn.empty() ? quickest->model : order.drawn);
  }
  EXPECT_GT(all.back().order.paces[0].first_byte, milliseconds(30)) << "sim-large waits that long";
  expect_same_again(all);
}

}  // namespace
}  // namespace pointsman
