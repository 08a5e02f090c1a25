// Definitions, reloads, end users and restarts.
#include <gtest/gtest.h>

#include "limits/quota_tree.h"
#include "limits/testing_tzif.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using base::MonoTime;
using base::WallTime;

constexpr std::int64_t kDollar = 1'000'000'000;
const WallTime kNoon = std::chrono::sys_days(std::chrono::year(2026) / 5 / 13) + 12h;
const WallTime kMidnight = std::chrono::sys_days(std::chrono::year(2026) / 5 / 13);

NodeLimits daily(std::int64_t dollars) {
  return {{{Period::kDay, dollars * kDollar, {}}}, {}};
}

class QuotaReload : public testing::Test {
 protected:
  void start(QuotaDefinition definition, QuotaCapacity capacity = {64, 2}) {
    definition_ = std::move(definition);
    auto made = QuotaTree::create(definition_, capacity, wall_, mono_);
    ASSERT_TRUE(made.has_value()) << made.error().message();
    tree_.emplace(std::move(*made));
  }
  void reload() { ASSERT_TRUE(tree_->reconfigure(definition_, wall_, mono_)); }
  std::expected<ReservationId, Denial> admit(NodeRef leaf, std::int64_t nanos, std::int64_t tokens = 0) {
    return tree_->admit(leaf, {nanos, tokens, 1}, wall_, mono_);
  }
  std::expected<ReservationId, Denial> admit(std::string_view leaf, std::int64_t nanos, std::int64_t tokens = 0) {
    return admit(tree_->find(leaf).value_or(NodeRef{}), nanos, tokens);
  }
  void spend(NodeRef leaf, std::int64_t nanos) { tree_->settle(*admit(leaf, nanos), {nanos, 0}, mono_); }
  NodeRef user(std::string_view id, std::string_view key = "key") {
    return tree_->end_user(*tree_->find(key), id, wall_, mono_);
  }
  SpendReport money_of(std::string_view name) {
    for (const NodeReport& report : tree_->report(wall_))
      if (report.name == name) return report.current.at(0).money;
    return {};
  }

  WallTime wall_ = kNoon;
  MonoTime mono_{1h};
  QuotaDefinition definition_;
  std::optional<QuotaTree> tree_;
};

TEST_F(QuotaReload, KeepsSpendAndReservationsOfNodesOfTheSameName) {
  start({{{"key", "", daily(10), {}}}, {}});
  spend(*tree_->find("key"), 3 * kDollar);
  const auto open = admit("key", 4 * kDollar);
  definition_.nodes = {{"team", "", daily(5), {}}, {"key", "team", daily(8), {}}};
  reload();
  EXPECT_EQ(money_of("key").spent, 3 * kDollar);
  EXPECT_EQ(money_of("key").reserved, 4 * kDollar);
  EXPECT_EQ(admit("key", 2 * kDollar).error().remaining, kDollar);
  tree_->settle(*open, {4 * kDollar, 0}, mono_);
  EXPECT_EQ(money_of("key").spent, 7 * kDollar);
  EXPECT_EQ(money_of("team").spent, 0) << "the path is that of the admission";
}

TEST_F(QuotaReload, ANewBudgetAndANewRateCountWhatIsOpen) {
  start({{{"key", "", {}, {}}}, {}});
  const auto open = admit("key", 4 * kDollar, 300);
  definition_.nodes[0].limits = {{{Period::kDay, 5 * kDollar, {}}}, {{}, 1'000, {}}};
  reload();
  EXPECT_EQ(money_of("key").reserved, 4 * kDollar);
  EXPECT_EQ(admit("key", 0, 800).error().remaining, 700);
  tree_->settle(*open, {kDollar, 100}, mono_);
  EXPECT_EQ(money_of("key").spent, kDollar);
  EXPECT_TRUE(admit("key", 0, 900));
}

TEST_F(QuotaReload, ANodeThatIsGoneIsRefusedAndForgottenAfterItsLastReservation) {
  start({{{"key", "", daily(10), {}}, {"other", "", {}, {}}}, {}});
  const NodeRef key = *tree_->find("key");
  spend(key, 5 * kDollar);
  const auto open = admit(key, kDollar);
  const NodeDefinition definition = definition_.nodes[0];
  definition_.nodes.erase(definition_.nodes.begin());
  reload();
  EXPECT_EQ(tree_->find("key"), std::nullopt);
  EXPECT_EQ(admit(key, 1).error().limit, LimitKind::kUnknownNode);
  EXPECT_TRUE(tree_->settle(*open, {kDollar, 0}, mono_).found);
  definition_.nodes.push_back(definition);
  reload();
  EXPECT_EQ(admit(key, 1).error().limit, LimitKind::kUnknownNode) << "its reference stays stale";
  const auto missing = tree_->missing_spend(wall_);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].node, "key");
  EXPECT_TRUE(tree_->restore("key", Period::kDay, missing[0].span.begin, 6 * kDollar, 0));
  EXPECT_EQ(money_of("key").spent, 6 * kDollar);
  EXPECT_TRUE(tree_->missing_spend(wall_).empty());
}

TEST_F(QuotaReload, ABadDefinitionChangesNothing) {
  start({{{"key", "", daily(10), {}}}, {}});
  definition_.nodes.push_back({"key", "", {}, {}});
  EXPECT_FALSE(tree_->reconfigure(definition_, wall_, mono_));
  EXPECT_EQ(money_of("key").maximum, 10 * kDollar);
}

TEST_F(QuotaReload, ARestartRestoresTheSpendAndWarnsNotAgain) {
  start({{{"key", "", daily(10), {}}}, {}});
  EXPECT_FALSE(tree_->restore("key", Period::kDay, kMidnight - 24h, kDollar, 0)) << "yesterday";
  EXPECT_FALSE(tree_->restore("key", Period::kMonth, kMidnight, kDollar, 0));
  EXPECT_FALSE(tree_->restore("nobody", Period::kDay, kMidnight, kDollar, 0));
  EXPECT_TRUE(tree_->restore("key", Period::kDay, kMidnight, 6 * kDollar, 0));
  spend(*tree_->find("key"), kDollar);
  EXPECT_FALSE(tree_->has_events()) << "50 % was told before the restart";
  spend(*tree_->find("key"), kDollar);
  ASSERT_TRUE(tree_->has_events());
  EXPECT_EQ(tree_->take_events()[0].percent, 80);
}

TEST_F(QuotaReload, ALoweredLimitWarnsAtOnceAndARaisedOneAgainLater) {
  start({{{"key", "", daily(10), {}}}, {}});
  spend(*tree_->find("key"), 4 * kDollar);
  definition_.nodes[0].limits = daily(5);
  reload();
  EXPECT_EQ(tree_->take_events().size(), 2U) << "50 % and 80 %";
  definition_.nodes[0].limits = daily(100);
  reload();
  EXPECT_FALSE(tree_->has_events());
  spend(*tree_->find("key"), 46 * kDollar);
  EXPECT_EQ(tree_->take_events().size(), 1U);
}

TEST_F(QuotaReload, AnotherTimeZoneAsksForTheSpendOfItsPeriods) {
  start({{{"key", "", daily(10), {}}}, {}});
  spend(*tree_->find("key"), 2 * kDollar);
  const auto open = admit("key", kDollar);
  definition_.zone = *TimeZone::parse(testing_support::rule_zone("ABC-13"), "ahead");  // there it is the next day
  reload();
  EXPECT_EQ(money_of("key").reserved, kDollar);
  const auto missing = tree_->missing_spend(wall_);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].span.begin, kMidnight + 11h);
  EXPECT_TRUE(tree_->restore("key", Period::kDay, kMidnight + 11h, 0, 0));
  tree_->settle(*open, {kDollar, 0}, mono_);
  EXPECT_EQ(money_of("key").spent, kDollar);
}

TEST_F(QuotaReload, EachEndUserHasTheLimitsOfTheNearestNodeThatSetsThem) {
  start({{{"team", "", {}, daily(1)}, {"key", "team", daily(3), {}}, {"free", "team", {}, NodeLimits{}}}, {}});
  spend(user("alice"), kDollar);
  EXPECT_EQ(admit(user("alice"), 1).error().node, "key#alice");
  EXPECT_TRUE(admit(user("bob"), kDollar));
  EXPECT_EQ(tree_->name(user("x", "free")), "free") << "a node may set that nothing is limited";
  EXPECT_EQ(tree_->name(user("")), "key");
  definition_.nodes[0].end_users = daily(2);
  reload();
  EXPECT_TRUE(admit(user("alice"), kDollar));
}

TEST_F(QuotaReload, ALongEndUserIdIsKnownByItsHash) {
  start({{{"key", "", {}, daily(1)}}, {}});
  const std::string id(10'000, 'a');
  const NodeRef first = user(id);
  EXPECT_EQ(tree_->name(first).size(), std::string_view("key#sha256:").size() + 64);
  EXPECT_EQ(user(id), first);
  EXPECT_FALSE(user(id + "a") == first);
}

TEST_F(QuotaReload, EndUsersBeyondTheTableShareOneNodeUntilSomeoneCanBeForgotten) {
  start({{{"key", "", {}, daily(1)}}, {}});
  spend(user("alice"), kDollar / 2);
  const auto open = admit(user("bob"), 1);
  const NodeRef carol = user("carol");
  EXPECT_EQ(tree_->name(carol), "key#");
  EXPECT_EQ(user("dave"), carol);
  spend(carol, kDollar);
  EXPECT_FALSE(admit(user("erin"), 1)) << "the crowd has the limits of one";
  EXPECT_EQ(tree_->counters().shared_end_users, 3U);

  tree_->release(*open, mono_);
  const NodeRef bob = user("bob");
  EXPECT_EQ(tree_->name(user("frank")), "key#frank") << "bob has nothing to forget";
  EXPECT_EQ(tree_->name(bob), "") << "his reference is stale";
  EXPECT_EQ(money_of("key#alice").spent, kDollar / 2) << "she has";
  wall_ += 24h;
  mono_ += 24h;
  EXPECT_EQ(tree_->name(user("grace")), "key#grace");
  EXPECT_EQ(tree_->name(user("heidi")), "key#heidi") << "a new day: all can be forgotten";
}

TEST_F(QuotaReload, RestoringMakesEndUsersAndAddsThoseBeyondTheTableUp) {
  start({{{"key", "", {}, daily(1)}}, {}});
  for (const std::string id : {"a", "b", "c", "d"})
    EXPECT_TRUE(tree_->restore("key#" + id, Period::kDay, kMidnight, kDollar / 4, 0));
  EXPECT_EQ(money_of("key#a").spent, kDollar / 4);
  EXPECT_EQ(money_of("key#").spent, kDollar / 2);
  EXPECT_FALSE(tree_->restore("nokey#a", Period::kDay, kMidnight, 1, 0));
  EXPECT_TRUE(tree_->missing_spend(wall_).empty());
}

TEST_F(QuotaReload, AnEndUserGoesWithTheLimitsAndComesBackWithWhatIsOpen) {
  start({{{"key", "", {}, daily(1)}}, {}});
  const auto open = admit(user("alice"), kDollar);
  definition_.nodes[0].end_users.reset();
  reload();
  EXPECT_EQ(tree_->name(user("alice")), "key");
  definition_.nodes[0].end_users = daily(1);
  reload();
  EXPECT_FALSE(admit(user("alice"), 1));
  tree_->release(*open, mono_);
  EXPECT_TRUE(admit(user("alice"), 1));
}

TEST(QuotaDefinition, NamesEverythingThatIsWrong) {
  QuotaDefinition definition;
  definition.warn_at = {80, 50, 0};
  definition.nodes = {
      {"a#b", "", {}, {}},
      {"twice", "", {}, {}},
      {"twice", "", {}, {}},
      {"orphan", "nobody", {}, {}},
      {"self", "self", {}, {}},
      {"limits", "", {{{Period::kDay, {}, {}}, {Period::kWeek, -1, {}}, {Period::kWeek, 1, {}}}, {-1}}, {}}};
  std::string all;
  for (const base::Error& problem : problems_of(definition)) all += problem.place() + ": " + problem.message() + "\n";
  for (const char* const part :
       {"warn_at: has a threshold", "warn_at: its thresholds do not ascend", "a#b: its name has a #",
        "twice: two nodes", "orphan: its parent is not defined: nobody", "self: it is more than 8 levels deep",
        "limits: its budget for day sets neither", "limits: its budget for week: less than 0",
        "limits: its budget for week is there twice", "limits: its requests per minute: less than 0"})
    EXPECT_NE(all.find(part), std::string::npos) << part << "\nin\n" << all;
}

TEST(QuotaDefinition, EightLevelsAreAsDeepAsItGoesWithTheEndUsers) {
  QuotaDefinition definition;
  for (int i = 0; i < 8; ++i)
    definition.nodes.push_back({std::to_string(i), i == 0 ? "" : std::to_string(i - 1), {}, {}});
  EXPECT_TRUE(problems_of(definition).empty());
  definition.nodes[0].end_users = daily(1);
  EXPECT_EQ(problems_of(definition).size(), 1U);
  definition.nodes.pop_back();
  EXPECT_TRUE(problems_of(definition).empty());
  definition.nodes.push_back({"8", "6", {}, NodeLimits{}});
  EXPECT_TRUE(problems_of(definition).empty()) << "there nothing is limited";
}

}  // namespace
}  // namespace pointsman::limits
