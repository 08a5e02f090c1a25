#include "learn/off_policy.h"

#include <gmock/gmock.h>

#include "base/rng.h"
#include "learn/reward_model.h"

namespace pointsman::learn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kActions{"small", "large"};
constexpr OffPolicyLimits kNoLimits{.least_effective = 0, .least_effective_of_action = 0, .ignored = 0};

OffPolicy must(const std::vector<LoggedChoice>& rows, const OffPolicyLimits& limits = {}) {
  auto out = estimate_off_policy(rows, kActions, limits);
  EXPECT_TRUE(out) << out.error().message();
  return out ? std::move(*out) : OffPolicy();
}

double value(const OffPolicy& from, OffPolicyEstimator estimator) {
  const OffPolicyEstimate* one = from.find(estimator);
  EXPECT_NE(one, nullptr);
  return one != nullptr ? one->value.value : 0;
}

// Chooses small with probability 1 - explore; small is right in 6 of 10 cases, large in 9.
std::vector<LoggedChoice> log_of(std::size_t rows, double explore, std::vector<double> target, std::uint64_t seed = 5) {
  base::Rng rng(seed);
  std::vector<LoggedChoice> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const bool large = rng.uniform() < explore;
    const double right = large ? 0.9 : 0.6;
    out.push_back({.action = large ? 1U : 0U,
                   .propensity = large ? explore : 1 - explore,
                   .reward = rng.uniform() < right ? 1.0 : 0.0,
                   .target = target});
  }
  return out;
}

TEST(OffPolicy, AgreesWithTheFormulasByHand) {
  // Weights 0.5 / 0.8, 0.5 / 0.2 and 0.5 / 0.8.
  std::vector<LoggedChoice> rows{{.action = 0, .propensity = 0.8, .reward = 1, .target = {0.5, 0.5}},
                                 {.action = 1, .propensity = 0.2, .reward = 3, .target = {0.5, 0.5}},
                                 {.action = 0, .propensity = 0.8, .reward = 2, .target = {0.5, 0.5}}};
  for (LoggedChoice& row : rows) row.predicted = {1.5, 2};
  const OffPolicy out = must(rows, kNoLimits);
  EXPECT_NEAR(value(out, OffPolicyEstimator::kInversePropensity), (0.625 + 7.5 + 1.25) / 3, 1e-12);
  EXPECT_NEAR(value(out, OffPolicyEstimator::kSelfNormalised), (0.625 + 7.5 + 1.25) / 3.75, 1e-12);
  EXPECT_NEAR(value(out, OffPolicyEstimator::kDoublyRobust), 1.75 + (0.625 * -0.5 + 2.5 * 1 + 0.625 * 0.5) / 3, 1e-12);
  EXPECT_NEAR(out.overlap.effective, 3.75 * 3.75 / (2 * 0.625 * 0.625 + 6.25), 1e-12);
  EXPECT_DOUBLE_EQ(out.overlap.largest_weight, 2.5);
  EXPECT_DOUBLE_EQ(out.logged.value, 2);
}

TEST(OffPolicy, OfThePolicyThatLoggedIsTheMeanOfTheLog) {
  const OffPolicy out = must(log_of(500, 0.3, {0.7, 0.3}));
  ASSERT_FALSE(out.refused()) << out.missing.front();
  EXPECT_NEAR(value(out, OffPolicyEstimator::kInversePropensity), out.logged.value, 1e-12);
  EXPECT_NEAR(out.estimates.front().gain.low, 0, 1e-12);
  EXPECT_NEAR(out.estimates.front().gain.high, 0, 1e-12);
  EXPECT_NEAR(out.overlap.effective, 500, 1e-6);
}

TEST(OffPolicy, HoldsTheTruthOfAnotherPolicy) {
  const OffPolicy out = must(log_of(4000, 0.2, {0, 1}));
  ASSERT_FALSE(out.refused()) << out.missing.front();
  for (const OffPolicyEstimate& one : out.estimates) {
    EXPECT_LT(one.value.low, 0.9) << to_string(one.estimator);
    EXPECT_GT(one.value.high, 0.9) << to_string(one.estimator);
    EXPECT_GT(one.gain.low, 0.1) << to_string(one.estimator);  // 0.9 less 0.66
  }
}

TEST(OffPolicy, DoublyRobustNeedsARewardModelForEveryRow) {
  auto rows = log_of(400, 0.3, {0.5, 0.5});
  EXPECT_EQ(must(rows).find(OffPolicyEstimator::kDoublyRobust), nullptr);
  predict_rewards(rows, std::vector<std::uint64_t>(rows.size(), 0), 2);
  EXPECT_NE(must(rows).find(OffPolicyEstimator::kDoublyRobust), nullptr);
}

TEST(OffPolicy, RefusesAnActionThatWasNeverTaken) {
  auto rows = log_of(500, 0, {0.9, 0.1});
  const OffPolicy out = must(rows);
  EXPECT_TRUE(out.estimates.empty());
  EXPECT_THAT(out.missing, ElementsAre(HasSubstr("large: never taken where the other policy would take it (10.0 %")));
}

TEST(OffPolicy, RefusesAFewExploredRowsForMany) {
  const OffPolicy out = must(log_of(400, 0.01, {0.5, 0.5}));
  EXPECT_THAT(out.missing, ElementsAre(HasSubstr("large: wanted for 50.0 % of the choices")));
}

TEST(OffPolicy, RefusesWhatTheLogTakesForSomeRequestsOnly) {
  // Every other request explores; the rest, which the other policy sends to the large model just so, never does.
  auto rows = log_of(2000, 0.4, {0, 1});
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    rows[i].action = 0;
    rows[i].propensity = 1;
  }
  const OffPolicy out = must(rows);
  EXPECT_THAT(out.missing, ElementsAre(HasSubstr("large: for some of the choices")));
}

TEST(OffPolicy, RefusesRewardsThatAreAllTheSame) {
  auto rows = log_of(500, 0.3, {0.5, 0.5});
  for (LoggedChoice& row : rows) row.reward = 1;
  EXPECT_THAT(must(rows).missing, ElementsAre(HasSubstr("every reward is 1")));
}

TEST(OffPolicy, RefusesAnEmptyLog) {
  EXPECT_TRUE(must({}).refused());
}

TEST(OffPolicy, NamesTheRowThatMakesNoSense) {
  const LoggedChoice good{.action = 0, .propensity = 0.5, .reward = 1, .target = {0.5, 0.5}};
  const auto message = [&](auto change) {
    std::vector<LoggedChoice> rows{good, good};
    change(rows[1]);
    const auto out = estimate_off_policy(rows, kActions);
    return out ? std::string() : out.error().message();
  };
  EXPECT_THAT(message([](LoggedChoice& row) { row.propensity = 0; }), HasSubstr("choice 2: its propensity"));
  EXPECT_THAT(message([](LoggedChoice& row) { row.action = 2; }), HasSubstr("choice 2: its action"));
  EXPECT_THAT(message([](LoggedChoice& row) { row.target = {0.5, 0.4}; }), HasSubstr("do not add up"));
  EXPECT_THAT(message([](LoggedChoice& row) { row.target = {1}; }), HasSubstr("does not say how likely"));
  EXPECT_THAT(message([](LoggedChoice& row) { row.reward = 0.0 / 0.0; }), HasSubstr("its reward"));
  EXPECT_THAT(message([](LoggedChoice& row) { row.predicted = {1}; }), HasSubstr("not every action"));
}

TEST(RewardModel, PredictsARowFromOthersOnly) {
  // One row per stratum has a reward that no other row hints at: its prediction must not know it.
  std::vector<LoggedChoice> rows(50, LoggedChoice{.action = 0, .propensity = 1, .reward = 0, .target = {1, 0}});
  std::vector<std::uint64_t> strata(50, 1);
  rows[7].reward = 100;
  strata[7] = 2;
  predict_rewards(rows, strata, 2);
  EXPECT_DOUBLE_EQ(rows[7].predicted[0], 0);
  EXPECT_GT(rows[8].predicted.size(), 1U);
}

TEST(RewardModel, KeepsAClusterInOneFold) {
  std::vector<LoggedChoice> rows(40, LoggedChoice{.action = 0, .propensity = 1, .reward = 0, .target = {1, 0}});
  for (std::size_t i = 0; i < 5; ++i) {
    rows[i].cluster = 9;
    rows[i].reward = 100;
  }
  predict_rewards(rows, std::vector<std::uint64_t>(rows.size(), 0), 2);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(rows[i].predicted[0], 0);
}

TEST(RewardModel, TellsStrataApart) {
  std::vector<LoggedChoice> rows;
  std::vector<std::uint64_t> strata;
  for (std::size_t i = 0; i < 400; ++i) {
    rows.push_back({.action = i % 2, .propensity = 0.5, .reward = i % 4 < 2 ? 1.0 : 0.0, .target = {1, 0}});
    strata.push_back(i % 4 < 2 ? 77 : 5);
  }
  predict_rewards(rows, strata, 2);
  EXPECT_GT(rows[0].predicted[0], 0.9);
  EXPECT_LT(rows[2].predicted[1], 0.1);
}

}  // namespace
}  // namespace pointsman::learn
