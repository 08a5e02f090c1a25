// What may be said of owners, budgets, windows and conversations, and what is refused.
#include <gmock/gmock.h>

#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string with(std::string_view rest, std::string_view router = "", std::string_view category = "") {
  return "providers: {p: {base_url: \"http://127.0.0.1:1/v1\"}}\n"
         "models: {small: {provider: p}, large: {provider: p}}\n"
         "categories: {easy: {models: [small]" +
         std::string(category) + "}}\nrouter: {fallback: [large]" + std::string(router) + "}\n" + std::string(rest) +
         "\n";
}

TEST(OwnersConfig, AreReadWithTheirBudgets) {
  FakeHost host;
  const auto config =
      host.load(with("owners:\n"
                     "  acme: {budgets: [{money: 500}, {period: day, tokens: 1000000}], limits: {requests_per_minute: "
                     "600}, priority: high}\n"
                     "  acme/search: {models: [small], categories: [easy], on_budget: downgrade,\n"
                     "    end_users: {budgets: [{period: day, money: 0.25}], limits: {concurrent: 2}}}\n"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  ASSERT_EQ(config->owners.size(), 2U);
  const OwnerConfig& acme = config->owners[0];
  ASSERT_EQ(acme.budgets.size(), 2U);
  EXPECT_EQ(acme.budgets[0].period, BudgetPeriod::kMonth);
  EXPECT_EQ(acme.budgets[0].money, base::Money{500'000'000'000});
  EXPECT_EQ(acme.budgets[1].tokens, 1'000'000);
  EXPECT_EQ(acme.limits.requests_per_minute, 600);
  EXPECT_EQ(acme.priority, Priority::kHigh);
  const OwnerConfig& search = config->owners[1];
  EXPECT_FALSE(search.priority);
  EXPECT_EQ(search.name, "acme/search");
  EXPECT_EQ(search.on_budget, OnBudget::kDowngrade);
  ASSERT_TRUE(search.end_users);
  EXPECT_EQ(search.end_users->budgets[0].money, base::Money{250'000'000});
  EXPECT_EQ(search.end_users->limits.concurrent, 2);
}

TEST(OwnersConfig, RefusesABudgetThatLimitsNothing) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("owners: {acme: {budgets: [{period: day}]}}")),
              HasSubstr("owners.acme.budgets[0]: limits nothing; write money or tokens"));
}

TEST(OwnersConfig, RefusesWhatNoBudgetCanHoldAndWhatIsSaidTwice) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("owners: {acme: {budgets: [{period: day, money: 2000000000}]}}")),
              HasSubstr("owners.acme.budgets[0].money: is more than a budget can hold"));
  EXPECT_THAT(host.problems(with("owners: {acme: {budgets: [{period: day, money: 1}, {period: day, money: 2}]}}")),
              HasSubstr("owners.acme.budgets[1]: is there twice"));
  EXPECT_EQ(host.problems(with("owners: {acme: {budgets: [{period: day, money: 1}, {period: day, tokens: 2}]}}")), "");
}

TEST(OwnersConfig, RefusesNamesOfModelsAndCategoriesThatAreNotThere) {
  FakeHost host;
  const std::string problems = host.problems(with("owners: {acme: {models: [smal], categories: [hard]}}"));
  EXPECT_THAT(problems, HasSubstr("there is no model"));
  EXPECT_THAT(problems, HasSubstr("there is no category"));
}

TEST(OwnersConfig, RefusesNamesWithEmptyParts) {
  FakeHost host;
  for (const std::string_view name : {"/acme", "acme/", "a//b"}) {
    EXPECT_THAT(host.problems(with("owners: {\"" + std::string(name) + "\": {}}")), HasSubstr("has an empty part"))
        << name;
  }
  EXPECT_THAT(host.problems(with("owners: {a/b/c: {}}")), IsEmpty());
}

TEST(OwnersConfig, RefusesNamesThatTheTreeOfBudgetsCannotHold) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("owners: {a/b/c/d/e/f/g: {}}")), HasSubstr("has more than 6 parts"));
  EXPECT_THAT(host.problems(with("owners: {\"a#b\": {}}")), HasSubstr("set keys and end users off"));
  EXPECT_THAT(host.problems(with("owners: {a@b: {}}")), HasSubstr("set keys and end users off"));
}

TEST(ContextConfig, IsThePolicyAlone) {
  FakeHost host;
  const auto config = host.load(with("", ", context: trim", ", context: {policy: trim, keep: 0.5}"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_EQ(config->router.context.policy, ContextPolicy::kTrim);
  EXPECT_FLOAT_EQ(config->categories[0].context->keep, 0.5F);
}

TEST(ContextConfig, ASummaryIsItsModelAlone) {
  FakeHost host;
  const auto config =
      host.load(with("", ", context: {policy: trim, summary: small}",
                     ", context: {policy: trim, summary: {model: large, max_tokens: 300, deadline: 2s}}"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  ASSERT_TRUE(config->router.context.summary);
  EXPECT_EQ(config->router.context.summary->model, "small");
  EXPECT_EQ(config->router.context.summary->max_tokens, 500);
  ASSERT_TRUE(config->categories[0].context->summary);
  EXPECT_EQ(config->categories[0].context->summary->max_tokens, 300);
  EXPECT_EQ(config->categories[0].context->summary->deadline, std::chrono::seconds(2));
}

TEST(ContextConfig, RefusesASummaryThatCannotBeMade) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("", ", context: {policy: largest, summary: small}")),
              HasSubstr("router.context.summary: is only for policy trim"));
  EXPECT_THAT(host.problems(with("", ", context: {policy: trim, summary: huge}")),
              HasSubstr("router.context.summary.model: there is no model"));
  EXPECT_THAT(host.problems(with("", "", ", context: {summary: {model: small, max_tokens: 10}}")),
              HasSubstr("max_tokens"));
}

TEST(MoneyConfig, ReadsBaselinesAffinityAndCaps) {
  FakeHost host;
  const auto config = host.load(with("", ", baseline: large, affinity: always, fallback_cap: 20", ", baseline: small"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_EQ(config->router.baseline, "large");
  EXPECT_EQ(config->router.affinity.stay, Affinity::kAlways);
  EXPECT_EQ(config->router.fallback_cap->per_day, base::Money{20'000'000'000});
  EXPECT_EQ(config->categories[0].baseline, "small");
}

TEST(MoneyConfig, RefusesABaselineThatIsNotThere) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("", ", baseline: huge")), HasSubstr("router.baseline: there is no model"));
}

}  // namespace
}  // namespace pointsman::config
