#include "consult/groups.h"

#include <gtest/gtest.h>

#include <numeric>

#include "consult/testing_counter.h"

namespace pointsman::consult {
namespace {

using classify::Category;
using classify::Opinion;
using classify::OpinionOutcome;
using classify::OpinionSource;

// Nine intents of three domains.
std::vector<Category> intents() {
  std::vector<Category> out;
  for (const char* name : {"reset password", "change password", "forgot password", "update email", "verify email",
                           "delete email", "order pizza", "cancel pizza", "late pizza"}) {
    out.push_back({.name = name});
  }
  return out;
}
double same_domain(int a, int b) {
  return a / 3 == b / 3 ? 0.9 : 0.1;
}
const PromptShape kTight = {.budget = 41};  // four of the intents

Opinion used(std::vector<float> probabilities, OpinionSource source = OpinionSource::kLogprobs) {
  Opinion out;
  out.outcome = OpinionOutcome::kUsed;
  out.source = source;
  out.probabilities = std::move(probabilities);
  return out;
}

TEST(PlanGroups, PutsWhatIsAlikeTogetherAndKeepsBothBudgets) {
  const auto plan = plan_groups(intents(), same_domain, kTight, counters_for_tests());
  ASSERT_TRUE(plan) << plan.error().message();
  std::vector<int> seen;
  for (const Group& group : plan->groups) {
    EXPECT_LE(count_for_tests(plan->second.render(group.members)), 41U);
    for (const int member : group.members) {
      EXPECT_EQ(member / 3, group.members.front() / 3) << group.name;
      seen.push_back(member);
    }
  }
  std::ranges::sort(seen);
  std::vector<int> all(9);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  EXPECT_LE(count_for_tests(plan->first.render({})), 41U);
}

TEST(PlanGroups, NamesAGroupAfterTheWordItsMembersShare) {
  const auto plan = plan_groups(intents(), same_domain, {.budget = 36}, counters_for_tests());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_EQ(plan->groups.size(), 4U);
  EXPECT_EQ(plan->groups[0].name, "password");
  EXPECT_EQ(plan->groups[1].name, "email");
  EXPECT_EQ(plan->groups[2].name, "pizza");
  EXPECT_EQ(plan->groups[3].name, "late pizza");  // four groups fit one question: no need to merge further
}

TEST(PlanGroups, GivesEveryGroupANameOfItsOwn) {
  std::vector<Category> strange;
  for (int i = 0; i < 8; ++i) strange.push_back({.name = "x" + std::to_string(i)});
  const auto plan = plan_groups(strange, [](int, int) { return 0.5; }, {.budget = 45}, counters_for_tests());
  ASSERT_TRUE(plan) << plan.error().message();  // equal names would have been refused
  EXPECT_LT(plan->groups.size(), strange.size());
}

TEST(PlanGroups, SaysSoWhenTwoStepsDoNotSuffice) {
  std::vector<Category> many;
  for (int i = 0; i < 120; ++i) many.push_back({.name = "some intent " + std::to_string(i)});
  const auto plan = plan_groups(many, [](int, int) { return 0.5; }, {}, counters_for_tests());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), base::ErrorCode::kTooLarge);
  EXPECT_NE(plan.error().message().find("narrow"), std::string::npos);
}

TEST(PlanNamedGroups, ChecksMembersAndBudgets) {
  const auto refused = [](std::vector<Group> groups) {
    const auto plan = plan_named_groups(intents(), std::move(groups), kTight, counters_for_tests());
    return plan ? std::string() : plan.error().message();
  };
  EXPECT_EQ(refused({{"password", {0, 1, 2}}, {"email", {3, 4, 5}}, {"pizza", {6, 7, 8}}}), "");
  EXPECT_NE(refused({{"password", {0, 1, 2}}, {"email", {3, 4, 5}}}).find("'order pizza' must stand in one group"),
            std::string::npos);
  EXPECT_NE(refused({{"a", {0, 1, 2}}, {"b", {2, 3, 4, 5}}, {"c", {6, 7, 8}}}).find("stands in 2"), std::string::npos);
  EXPECT_NE(refused({{"all", {0, 1, 2, 3, 4, 5, 6, 7, 8}}}).find("question for group 'all' takes"), std::string::npos);
  EXPECT_NE(refused({{"x", {17}}}).find("unknown category"), std::string::npos);
}

TEST(PlanNamedGroups, NeedsRoomForAllGroupsAtOnce) {
  std::vector<Group> single;
  for (int i = 0; i < 9; ++i) single.push_back({"group called " + std::to_string(i), {i}});
  const auto plan = plan_named_groups(intents(), single, {.budget = 41, .at_least = 2}, counters_for_tests());
  ASSERT_FALSE(plan);
  EXPECT_TRUE(plan.error().message().starts_with("the question for the group: ")) << plan.error().message();
}

TEST(PlanNamedGroups, NeedsSomebodyWhoCanCount) {
  const auto plan = plan_named_groups(intents(), {}, kTight, Counters{});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), base::ErrorCode::kUnsupported);
}

TwoSteps domains() {
  return *plan_named_groups(intents(), {{"password", {0, 1, 2}}, {"email", {3, 4, 5}}, {"pizza", {6, 7, 8}}}, kTight,
                            counters_for_tests());
}

TEST(JoinSteps, MultipliesTheAnswersAndSpreadsTheOtherGroups) {
  Opinion first = used({0.6F, 0.3F, 0.1F});
  first.coverage = 0.9F;
  Opinion second = used({0.7F, 0.2F, 0.1F, 0, 0, 0, 0, 0, 0}, OpinionSource::kStated);
  second.offered = {0, 1, 2};
  EXPECT_EQ(likeliest_group(first), 0U);
  const Opinion joined = join_steps(domains(), first, 0, &second);
  ASSERT_TRUE(joined.usable());
  const std::vector<float> expected = {0.42F, 0.12F, 0.06F, 0.1F, 0.1F, 0.1F, 0.1F / 3, 0.1F / 3, 0.1F / 3};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(joined.probabilities[i], expected[i], 1e-6F) << i;
  EXPECT_FLOAT_EQ(joined.coverage, 0.9F);
  EXPECT_EQ(joined.source, OpinionSource::kStated);
  EXPECT_TRUE(joined.offered.empty());
}

TEST(JoinSteps, IsNoBetterThanItsWorseAnswer) {
  const Opinion first = used({0.6F, 0.3F, 0.1F});
  Opinion late;
  late.outcome = OpinionOutcome::kLate;
  EXPECT_EQ(join_steps(domains(), first, 0, &late).outcome, OpinionOutcome::kLate);
  EXPECT_EQ(join_steps(domains(), late, 0, &first).outcome, OpinionOutcome::kLate);
  EXPECT_EQ(join_steps(domains(), first, 0, &first).outcome, OpinionOutcome::kUnusable);  // of another size
  EXPECT_EQ(join_steps(domains(), first, 3, nullptr).outcome, OpinionOutcome::kUnusable);
}

}  // namespace
}  // namespace pointsman::consult
