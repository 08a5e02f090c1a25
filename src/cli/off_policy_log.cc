#include "cli/off_policy_log.h"

#include <algorithm>

#include "base/hash.h"
#include "learn/reward_model.h"
#include "ledger/total_cost.h"

namespace pointsman::cli {

using base::Result;
using ledger::Entry;

std::optional<double> OffPolicyLog::reward_of(const Entry& entry) const {
  if (rewards_ == nullptr) {
    const auto cost = ledger::total_cost(entry);
    return cost ? std::optional(cost->dollars()) : std::nullopt;
  }
  const auto found = rewards_->find(entry.id.to_string());
  return found == rewards_->end() ? std::nullopt : std::optional(found->second);
}

std::size_t OffPolicyLog::number_of(const std::string& model) {
  const auto found = std::ranges::find(models_, model);
  const auto number = static_cast<std::size_t>(found - models_.begin());
  if (found == models_.end()) models_.push_back(model);
  return number;
}

void OffPolicyLog::add(const Entry& entry) {
  ++report_.entries;
  if (entry.exploration.preferred.empty() || entry.candidates.empty()) {
    ++report_.without_propensity;
    return;
  }
  const std::string& first = entry.candidates.front();
  auto& [seen, rewarded] = report_.rewarded[first];
  ++seen;
  const auto reward = reward_of(entry);
  if (!reward) {
    ++report_.without_reward;
    return;
  }
  ++rewarded;
  const auto again = redecider_.decide(entry);
  if (!again) {
    ++report_.not_replayed[static_cast<std::size_t>(again.error())];
    return;
  }
  report_.explored += first != entry.exploration.preferred;
  Choice choice{.wanted = number_of(again->first().name), .stratum = base::xxh3(entry.category)};
  choice.logged.action = number_of(first);
  choice.logged.propensity = static_cast<double>(entry.exploration.propensity);
  choice.logged.reward = *reward;
  choice.logged.cluster = entry.conversation;
  choices_.push_back(std::move(choice));
}

Result<OffPolicyReport> OffPolicyLog::finish() {
  std::vector<learn::LoggedChoice> rows;
  std::vector<std::uint64_t> strata;
  for (Choice& choice : choices_) {
    choice.logged.target.assign(models_.size(), 0.0);
    choice.logged.target[choice.wanted] = 1;
    rows.push_back(std::move(choice.logged));
    strata.push_back(choice.stratum);
  }
  learn::predict_rewards(rows, strata, models_.size());
  PM_TRY(report_.result, learn::estimate_off_policy(rows, models_));
  report_.unknown_categories = redecider_.unknown_categories();
  return std::move(report_);
}

}  // namespace pointsman::cli
