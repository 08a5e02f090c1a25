// Estimates of another router from a ledger that explored, and from the command line on top of it.
#include "cli/off_policy_log.h"

#include <gmock/gmock.h>

#include "base/rng.h"
#include "config/policy.h"

namespace pointsman::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

config::Policy policy() {
  const auto model = [](const char* name, std::int64_t cents) {
    const auto price = base::TokenPrice::per_million({cents * 10'000'000});
    return route::Model{
        .name = name, .provider = "p", .upstream_name = name, .prices = {.input = price, .output = price}};
  };
  return {.router = "auto",
          .stages = {config::RouterStage::kLocal},
          .categories = {{"chat", "", 0.6F, {"small"}}},
          .fallback = {"large"},
          .models = {model("small", 100), model("large", 1000)},
          .expected_output_tokens = 500};
}

class OffPolicyLogTest : public testing::Test {
 protected:
  // Decided for chat with a probability between 0.6 and 1; one in five goes to the large model, which is right in nine
  // of ten cases, the small one in six.
  ledger::Entry entry() {
    ledger::Entry out;
    out.id = ids_.next(base::WallTime(std::chrono::hours(1000)));
    out.requested_model = "auto";
    out.input_tokens_estimate = 1000;
    const auto probability = static_cast<float>(0.6 + 0.4 * rng_.uniform());
    out.probabilities = {probability};
    out.probability = probability;
    out.category = "chat";
    out.threshold = 0.6F;
    out.stage = "local";
    out.reason = "at_or_above_threshold";
    const bool explored = rng_.uniform() < 0.2;
    out.candidates = explored ? std::vector<std::string>{"large", "small"} : std::vector<std::string>{"small", "large"};
    out.exploration = {.preferred = "small", .propensity = explored ? 0.2F : 0.8F};
    out.model = out.candidates.front();
    out.usage = {.input_tokens = 1000, .output_tokens = 1000};
    out.cost = base::Money{explored ? 20'000'000 : 2'000'000};
    out.policy_version = "v";
    rewards_[out.id.to_string()] = rng_.uniform() < (explored ? 0.9 : 0.6) ? 1 : 0;
    return out;
  }
  OffPolicyReport run(const std::vector<ledger::Entry>& entries, WhatIfChange change, bool with_rewards = true) {
    OffPolicyLog log(
        std::move(change), [this](std::string_view) { return std::optional(document_); },
        with_rewards ? &rewards_ : nullptr);
    for (const ledger::Entry& one : entries) log.add(one);
    auto out = log.finish();
    EXPECT_TRUE(out) << out.error().message();
    return out ? std::move(*out) : OffPolicyReport();
  }
  std::vector<ledger::Entry> many(std::size_t count) {
    std::vector<ledger::Entry> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(entry());
    return out;
  }

  std::string document_ = config::policy_document(policy());
  base::UuidGenerator ids_{5};
  base::Rng rng_{8};
  learn::Rewards rewards_;
};

TEST_F(OffPolicyLogTest, FindsWhatAHigherThresholdWouldEarn) {
  // Above 0.8 is half of the requests: half of 0.6 and half of 0.9.
  const auto report = run(many(4000), {.threshold = 0.8F});
  ASSERT_FALSE(report.result.refused()) << report.result.missing.front();
  EXPECT_NEAR(static_cast<double>(report.explored), 800, 120);
  ASSERT_EQ(report.result.estimates.size(), 3U);
  for (const learn::OffPolicyEstimate& one : report.result.estimates) {
    EXPECT_LT(one.value.low, 0.75) << to_string(one.estimator);
    EXPECT_GT(one.value.high, 0.75) << to_string(one.estimator);
    EXPECT_GT(one.gain.low, 0) << to_string(one.estimator);
  }
}

TEST_F(OffPolicyLogTest, EstimatesMoneyWithoutRewards) {
  const auto report = run(many(4000), {.threshold = 0.8F}, false);
  ASSERT_FALSE(report.result.refused()) << report.result.missing.front();
  const learn::Estimate& dollars = report.result.estimates.back().value;
  EXPECT_LT(dollars.low, 0.011);
  EXPECT_GT(dollars.high, 0.011);
  EXPECT_LT(dollars.high - dollars.low, 0.002);
}

TEST_F(OffPolicyLogTest, RefusesWhatWasNeverExplored) {
  auto entries = many(500);
  std::erase_if(entries, [](const ledger::Entry& one) { return one.model == "large"; });
  const auto report = run(entries, {.threshold = 0.9F});
  EXPECT_TRUE(report.result.estimates.empty());
  EXPECT_THAT(report.result.missing, ElementsAre(HasSubstr("large: never taken")));
}

TEST_F(OffPolicyLogTest, CountsWhatItLeavesOut) {
  auto entries = many(3);
  entries[0].exploration = {};
  rewards_.erase(entries[1].id.to_string());
  entries[2].policy_version = "gone";
  OffPolicyLog log({}, [](std::string_view) { return std::optional<std::string>(); }, &rewards_);
  for (const ledger::Entry& one : entries) log.add(one);
  const auto report = log.finish();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries, 3U);
  EXPECT_EQ(report->without_propensity, 1U);
  EXPECT_EQ(report->without_reward, 1U);
  EXPECT_EQ(report->not_replayed[static_cast<std::size_t>(NotReplayed::kNoPolicy)], 1U);
  EXPECT_TRUE(report->result.refused());
}

TEST_F(OffPolicyLogTest, TellsHowManyOfEachModelsAnswersWereRewarded) {
  auto entries = many(100);
  std::size_t large = 0;
  for (const ledger::Entry& one : entries) {
    large += one.model == "large";
    if (one.model == "large") rewards_.erase(one.id.to_string());
  }
  const auto report = run(entries, {});
  EXPECT_EQ(report.rewarded.at("large"), std::pair(large, std::size_t{0}));
  EXPECT_EQ(report.rewarded.at("small"), std::pair(100 - large, 100 - large));
}

}  // namespace
}  // namespace pointsman::cli
