// Conversations that stay with their model for what its provider has cached, in a running gateway: what is remembered
// between requests and workers, what clients and the ledger are told, and that entries decide the same again.
#include <gmock/gmock.h>

#include "cli/replay.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::post;
using testing::status_of;
using testing::TestGateway;

constexpr std::string_view kResponses = "/v1/responses";
constexpr int kPrompt = 20'000;  // tokens, as the upstreams report them

std::string answer_that_read(int prompt) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":)"
         R"({"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":)" +
         std::to_string(prompt) + R"(,"completion_tokens":50}})";
}
std::string response_named(std::string_view id) {
  return R"({"id":")" + std::string(id) +
         R"(","object":"response","status":"completed","model":"m","output":[],)"
         R"("usage":{"input_tokens":20000,"output_tokens":4,"total_tokens":20004}})";
}

// Text of about as many tokens.
std::string long_text() {
  std::string out = "tool_use";
  while (out.size() < 5 * std::size_t{kPrompt}) out += " this";
  return out;
}
// A conversation that began with a call for tools, and goes on with thanks.
std::string first_turn(std::string_view more = {}) {
  return chat(long_text(), "auto", more);
}
std::string second_turn(std::string_view more = {}) {
  return R"({"model":"auto",)" + std::string(more) + R"("messages":[{"role":"user","content":")" + long_text() +
         R"("},{"role":"assistant","content":"ok"},{"role":"user","content":"simple thanks"}]})";
}

// What is simple goes to sim-small, which costs hardly less than sim-tools; sim-tools has a cache that is worth it.
TestGateway::Change warm(config::Affinity stay, const TestGateway::Change& more = {}) {
  return [stay, more](config::Config& config) {
    const auto price = [](std::int64_t thousandths) { return base::TokenPrice{thousandths * 1000}; };
    for (config::ModelConfig& model : config.models) {
      if (model.name == "sim-small") model.price = {price(450), {}, price(1900)};
      if (model.name == "sim-tools") model.price = {price(500), price(50), price(2000)};
    }
    config.categories.front().models = {"sim-small", "sim-tools"};
    config.router.affinity.stay = stay;
    if (more) more(config);
  };
}

class AffinityGatewayTest : public GatewayTest {
 protected:
  void answer_all() {
    small_.when().then_body(answer_that_read(kPrompt));
    tools_.when().then_body(answer_that_read(kPrompt));
    large_.when().then_body(answer_that_read(kPrompt));
  }
  // Which model answered.
  std::string ask_for_model(std::string_view body, std::string_view fields = {}) {
    answer_ = ask_chat(body, fields);
    EXPECT_EQ(status_of(answer_), 200) << answer_;
    return field_of(answer_, "x-pointsman-model");
  }
  void expect_same_again(const std::vector<ledger::Entry>& entries) {
    for (const ledger::Entry& one : entries) {
      const auto again = cli::replay(one, gateway_->runtime().snapshot().policy_document);
      ASSERT_TRUE(again.has_value()) << again.error().message();
      EXPECT_THAT(again->differences, IsEmpty());
    }
  }

  std::string answer_;
};

TEST_F(AffinityGatewayTest, AConversationStaysWhereItsPromptIsCachedAndSaysWhy) {
  start(warm(config::Affinity::kPrice));
  answer_all();
  EXPECT_EQ(ask_for_model(first_turn()), "sim-tools");
  EXPECT_EQ(field_of(answer_, "x-pointsman-kept"), "");
  EXPECT_EQ(ask_for_model(chat("simple and short")), "sim-small") << "another conversation";
  EXPECT_EQ(ask_for_model(second_turn()), "sim-tools");
  EXPECT_THAT(field_of(answer_, "x-pointsman-kept"), HasSubstr("kept with sim-tools: its provider has about "));
  EXPECT_THAT(field_of(answer_, "x-pointsman-kept"), HasSubstr(" tokens cached, moving would cost $0.00"));
  const auto all = gateway_->entries(3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].continuity, ledger::Continuity{});
  EXPECT_EQ(all[2].continuity.model, "sim-tools");
  EXPECT_NEAR(static_cast<double>(all[2].continuity.cached_tokens), kPrompt, 0.02 * kPrompt);
  EXPECT_TRUE(all[2].continuity.kept);
  ASSERT_TRUE(all[2].continuity.cold);
  EXPECT_EQ(all[2].continuity.cold->nanos, all[2].continuity.cached_tokens * 400);
  EXPECT_EQ(all[2].candidates.front(), "sim-tools");
  EXPECT_EQ(all[2].candidates[1], "sim-small");
  expect_same_again(all);
  EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"), HasSubstr("pointsman_conversations_kept_total 1\n"));
}

TEST_F(AffinityGatewayTest, SwitchedOffNothingIsKept) {
  start(warm(config::Affinity::kOff));
  answer_all();
  EXPECT_EQ(ask_for_model(first_turn()), "sim-tools");
  EXPECT_EQ(ask_for_model(second_turn()), "sim-small");
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].continuity.model, "sim-tools") << "known, and of no effect";
  EXPECT_FALSE(all[1].continuity.kept);
  expect_same_again(all);
}

// I9: what is cached elsewhere is no reason not to ask the strongest model in doubt.
TEST_F(AffinityGatewayTest, DoubtGoesToTheFallbackWhateverIsCached) {
  start(warm(config::Affinity::kAlways));
  answer_all();
  EXPECT_EQ(ask_for_model(first_turn()), "sim-tools");
  std::string doubtful = second_turn();
  doubtful.replace(doubtful.find("simple thanks"), 6, "strange");
  EXPECT_EQ(ask_for_model(doubtful), "sim-large");
  expect_same_again(gateway_->entries(2));
}

TEST_F(AffinityGatewayTest, AConversationIsKnownByWhatTheClientCallsIt) {
  start(warm(config::Affinity::kPrice));
  answer_all();
  const std::string key = R"("prompt_cache_key":"talk-7",)";
  EXPECT_EQ(ask_for_model(first_turn(key)), "sim-tools");
  EXPECT_EQ(ask_for_model(second_turn()), "sim-small") << "the key is part of what it is known by";
  EXPECT_EQ(ask_for_model(second_turn(key)), "sim-tools");
  EXPECT_EQ(ask_for_model(first_turn(), "x-pointsman-session: a\r\n"), "sim-tools");
  EXPECT_EQ(ask_for_model(second_turn(), "x-pointsman-session: b\r\n"), "sim-small");
  std::string retold = second_turn();
  retold.replace(retold.find("tool_use"), 8, "tool use");
  EXPECT_EQ(ask_for_model(retold), "sim-small") << "it does not begin alike";
  EXPECT_EQ(ask_for_model(retold, "x-pointsman-session: a\r\n"), "sim-tools");
}

TEST_F(AffinityGatewayTest, AllWorkersKnowAndAReloadForgetsNothing) {
  start(warm(config::Affinity::kPrice));
  answer_all();
  EXPECT_EQ(ask_for_model(first_turn()), "sim-tools");
  for (int i = 0; i < 8; ++i) EXPECT_EQ(ask_for_model(second_turn()), "sim-tools");
  config::Config other = gateway_->config(warm(config::Affinity::kPrice, [](config::Config& config) {
    std::ranges::reverse(config.models);  // other indices
  }));
  ASSERT_TRUE(gateway_->runtime().reload(std::move(other)).has_value());
  for (int i = 0; i < 8; ++i) EXPECT_EQ(ask_for_model(second_turn()), "sim-tools");
}

TEST_F(AffinityGatewayTest, AModelThatFailsIsLeftWhateverItHasCached) {
  start(warm(config::Affinity::kPrice));
  tools_.when().times(1).then_body(answer_that_read(kPrompt));
  tools_.when().then_status(500).then_body("{}");
  small_.when().then_body(answer_that_read(kPrompt));
  EXPECT_EQ(ask_for_model(first_turn()), "sim-tools");
  EXPECT_EQ(ask_for_model(second_turn()), "sim-small");
  EXPECT_EQ(field_of(answer_, "x-pointsman-kept"), "") << "it was, and did not answer";
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[1].continuity.kept) << "it was asked first";
  expect_same_again(all);
}

TEST_F(AffinityGatewayTest, AResponseIsContinuedByTheProviderThatKeepsIt) {
  start(warm(config::Affinity::kOff, [](config::Config& config) {
    for (config::ProviderConfig& one : config.providers) one.responses = true;
  }));
  small_.provider.when(std::string(kResponses)).then_body(response_named("resp_1"));
  tools_.provider.when(std::string(kResponses)).then_body(response_named("resp_2"));
  const auto continued = [this](std::string_view text, std::string_view previous) {
    const std::string id = previous.empty() ? "" : R"("previous_response_id":")" + std::string(previous) + "\",";
    return field_of(ask(post(kResponses, R"({"model":"auto",)" + id + R"("input":")" + std::string(text) + "\"}")),
                    "x-pointsman-model");
  };
  EXPECT_EQ(continued("simple", ""), "sim-small");
  EXPECT_EQ(continued("tool_use", ""), "sim-tools");
  EXPECT_EQ(continued("tool_use", "resp_1"), "sim-small") << "nobody else knows resp_1";
  EXPECT_EQ(continued("simple", "resp_2"), "sim-tools");
  EXPECT_EQ(continued("simple", "resp_unheard_of"), "sim-small") << "nobody knows: it goes where it would go";
  const auto all = gateway_->entries(5);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(all[2].continuity.kept);
  EXPECT_FALSE(all[2].continuity.cold) << "there was no choice";
  expect_same_again(all);
}

}  // namespace
}  // namespace pointsman
