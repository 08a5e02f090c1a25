// What may be said of a category's strategy, what is refused, and what a policy document keeps of it.
#include <gmock/gmock.h>

#include "config/policy.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kModels = R"(
providers: {p: {base_url: "http://127.0.0.1:1/v1"}}
models: {a: {provider: p}, b: {provider: p}, big: {provider: p}}
router: {fallback: [big]}
categories:
  easy:
)";

std::string with(std::string_view category) {
  return std::string(kModels) + std::string(category);
}

TEST(StrategyConfig, IsPriceUnlessSaidOtherwise) {
  FakeHost host;
  const auto config = host.load(with("    models: [a, b]\n"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_EQ(config->categories[0].strategy, route::Strategy::kPrice);
  EXPECT_THAT(policy_document(policy_of(*config)), Not(HasSubstr("strategy"))) << "as documents always were";
}

TEST(StrategyConfig, WeightsAreReadAndThePolicyKeepsThem) {
  FakeHost host;
  const auto config = host.load(with("    models: [a, b]\n    strategy: split\n    weights: {a: 3, b: 0}\n"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  const CategoryConfig& easy = config->categories[0];
  ASSERT_EQ(easy.weights.size(), 2U);
  EXPECT_EQ(easy.weights[0].name, "a");
  EXPECT_EQ(easy.weights[0].weight, 3);
  EXPECT_EQ(easy.weights[1].weight, 0);
  const std::string document = policy_document(policy_of(*config));
  const auto again = read_policy(document);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(policy_document(*again), document);
  EXPECT_EQ(again->categories[0].strategy, route::Strategy::kSplit);
  ASSERT_EQ(again->categories[0].weights.size(), 2U);
}

TEST(StrategyConfig, MistakesAreNamed) {
  const struct {
    const char* category;
    const char* says;
  } cases[] = {
      {"    models: [a]\n    strategy: fastest\n", "is not a choice here"},
      {"    models: [a]\n    weights: {a: 2}\n", "is only for strategy split"},
      {"    models: [a]\n    escalate: {min_confidence: 0.5}\n", "is only for strategy escalate"},
      {"    models: [a]\n    strategy: escalate\n    escalate: {min_confidence: 2}\n", "min_confidence"},
      {"    models: [a]\n    strategy: split\n    weights: {b: 2}\n",
       "there is no model in this category called \"b\""},
      {"    models: [a, b]\n    strategy: split\n    weights: {a: 0, b: 0}\n", "has nothing but zeros"},
      {"    models: [a]\n    strategy: split\n    weights: {a: -1}\n", "is out of range"},
  };
  for (const auto& one : cases) {
    FakeHost host;
    EXPECT_THAT(host.problems(with(one.category)), HasSubstr(one.says)) << one.category;
  }
  FakeHost host;
  EXPECT_EQ(host.problems(with("    models: [a, b]\n    strategy: split\n    weights: {a: 0}\n")), "")
      << "b has the weight 1";
}

TEST(StrategyConfig, ADamagedPolicyIsRefused) {
  FakeHost host;
  const auto config = host.load(with("    models: [a, b]\n    strategy: split\n    weights: {a: 3}\n"));
  ASSERT_TRUE(config);
  const std::string document = policy_document(policy_of(*config));
  const auto damaged = [&](std::string_view from, std::string_view to) {
    std::string text = document;
    text.replace(text.find(from), from.size(), to);
    const auto read = read_policy(text);
    return read ? std::string("read") : read.error().place();
  };
  EXPECT_EQ(damaged(R"("split")", R"("spilt")"), "/categories/0/strategy");
  EXPECT_EQ(damaged(R"({"a":3})", R"({"a":-3})"), "/categories/0/weights");
  EXPECT_EQ(damaged(R"({"a":3})", "[]"), "/categories/0/weights");
}

}  // namespace
}  // namespace pointsman::config
