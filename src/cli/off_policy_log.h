// From the ledger of a gateway that explored to logged choices: which model was put first, how likely that was, what it
// was worth, and which model another router would have put first.
//
// Choices are those of requests with a recorded propensity and a reward; all others are counted and left out. Calls of
// one conversation form a cluster. One thread.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "cli/redecider.h"
#include "learn/off_policy.h"
#include "learn/rewards.h"

namespace pointsman::cli {

struct OffPolicyReport {
  std::size_t entries = 0;
  std::size_t without_propensity = 0;  // nothing was explored then, or the client named the model
  std::size_t without_reward = 0;
  std::array<std::size_t, kNotReplayedReasons> not_replayed{};
  std::size_t explored = 0;  // choices in which chance put another model first
  // Choices with a propensity, and those with a reward as well, by model: shares that differ are a warning, since
  // who gets a reward must not depend on who answered.
  std::map<std::string, std::pair<std::size_t, std::size_t>> rewarded;
  std::vector<std::string> unknown_categories;  // named in the change, in no policy
  learn::OffPolicy result;
};

class OffPolicyLog {
 public:
  // Null rewards: the cost of each request in dollars is what is estimated.
  OffPolicyLog(WhatIfChange change, Redecider::PolicySource policies, const learn::Rewards* rewards)
      : redecider_(std::move(change), std::move(policies)), rewards_(rewards) {}

  void add(const ledger::Entry& entry);
  base::Result<OffPolicyReport> finish();

 private:
  std::optional<double> reward_of(const ledger::Entry& entry) const;
  std::size_t number_of(const std::string& model);

  // Targets are known for all models only at the end.
  struct Choice {
    learn::LoggedChoice logged;
    std::size_t wanted = 0;
    std::uint64_t stratum = 0;
  };
  Redecider redecider_;
  const learn::Rewards* rewards_;
  std::vector<std::string> models_;
  std::vector<Choice> choices_;
  OffPolicyReport report_;
};

}  // namespace pointsman::cli
