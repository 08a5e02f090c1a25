#include "learn/off_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "learn/mean_interval.h"

namespace pointsman::learn {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, 3> kNames = {"ips", "snips", "dr"};
constexpr double kSumSlack = 1e-6;

std::string problem_of(const LoggedChoice& row, std::size_t actions) {
  if (!(row.propensity > 0 && row.propensity <= 1)) return "its propensity is not above 0 and at most 1";
  if (row.action >= actions) return "its action is unknown";
  if (!std::isfinite(row.reward)) return "its reward is not a number";
  if (row.target.size() != actions) return "it does not say how likely the other policy takes each action";
  double sum = 0;
  for (const double one : row.target) {
    if (!(one >= 0 && one <= 1 + kSumSlack)) return "a probability of the other policy is not between 0 and 1";
    sum += one;
  }
  if (std::fabs(sum - 1) > kSumSlack) return "the other policy's probabilities do not add up to 1";
  const auto finite = [](double one) { return std::isfinite(one); };
  if (!row.predicted.empty() && row.predicted.size() != actions) return "not every action has a prediction";
  if (!std::ranges::all_of(row.predicted, finite)) return "a predicted reward is not a number";
  return "";
}

Result<void> check(std::span<const LoggedChoice> rows, std::size_t actions) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string problem = problem_of(rows[i], actions);
    if (problem.empty()) continue;
    return base::fail(ErrorCode::kInvalidArgument, fmt::format("logged choice {}: {}", i + 1, problem));
  }
  return {};
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The rows with their weights, and everything that is derived from them.
class Log {
 public:
  Log(std::span<const LoggedChoice> rows, std::span<const std::string> actions, const OffPolicyLimits& limits)
      : rows_(rows), actions_(actions), limits_(limits) {
    std::vector<std::uint64_t> clusters;
    for (const LoggedChoice& row : rows) {
      weights_.push_back(row.target[row.action] / row.propensity);
      rewards_.push_back(row.reward);
      clusters.push_back(row.cluster);
    }
    clusters_ = number_clusters(clusters);
  }

  OffPolicy evaluate() const {
    OffPolicy out;
    if (rows_.empty()) {
      out.missing.emplace_back("the log holds no choice with a propensity and a reward");
      return out;
    }
    out.logged = interval_around(mean_of(rewards_), rewards_);
    out.overlap = overlap(out.missing);
    const auto [least, most] = std::ranges::minmax(rewards_);
    if (least == most) out.missing.push_back(fmt::format("every reward is {}: there is nothing to compare", least));
    if (out.refused()) return out;
    out.estimates.push_back(inverse_propensity());
    out.estimates.push_back(self_normalised());
    const auto predicted = [](const LoggedChoice& row) { return !row.predicted.empty(); };
    if (std::ranges::all_of(rows_, predicted)) out.estimates.push_back(doubly_robust());
    return out;
  }

 private:
  Overlap overlap(std::vector<std::string>& missing) const {
    Overlap out{.rows = rows_.size(), .clusters = clusters_.count};
    double squares = 0;
    for (const double weight : weights_) {
      squares += weight * weight;
      out.largest_weight = std::max(out.largest_weight, weight);
    }
    out.mean_weight = mean_of(weights_);
    const double sum = out.mean_weight * static_cast<double>(rows_.size());
    out.effective = squares > 0 ? sum * sum / squares : 0;
    for (std::size_t action = 0; action < actions_.size(); ++action) {
      out.actions.push_back(overlap_of(action));
      if (std::string why = thin(action, out.actions.back()); !why.empty()) missing.push_back(std::move(why));
    }
    if (missing.empty() && out.effective < limits_.least_effective) {
      missing.push_back(fmt::format("the log is worth {:.1f} effective choices to the other policy; at least {:.0f}",
                                    out.effective, limits_.least_effective));
    }
    return out;
  }

  ActionOverlap overlap_of(std::size_t action) const {
    ActionOverlap out{.name = actions_[action]};
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      out.wanted += rows_[i].target[action];
      if (rows_[i].action != action) continue;
      ++out.taken;
      sum += weights_[i];
      squares += weights_[i] * weights_[i];
    }
    out.wanted /= static_cast<double>(rows_.size());
    out.covered = sum / static_cast<double>(rows_.size());
    out.effective = squares > 0 ? sum * sum / squares : 0;
    return out;
  }

  // Empty, or what is missing to know what the action earns.
  std::string thin(std::size_t action, const ActionOverlap& one) const {
    if (one.wanted < limits_.ignored) return "";
    const double rows = static_cast<double>(rows_.size());
    if (one.effective <= 0) {
      return fmt::format("{}: never taken where the other policy would take it ({:.1f} % of the choices)", one.name,
                         100 * one.wanted);
    }
    const double least = std::min(limits_.least_effective_of_action, one.wanted * rows / 2);
    if (one.effective < least) {
      return fmt::format(
          "{}: wanted for {:.1f} % of the choices, and the log is worth {:.1f} effective ones of them; at least {:.0f}",
          one.name, 100 * one.wanted, one.effective, std::ceil(least));
    }
    if (most_covered(action, one) >= one.wanted) return "";
    return fmt::format(
        "{}: for some of the choices for which the other policy takes it, the log never does ({:.1f} % wanted, {:.1f} "
        "% "
        "covered)",
        one.name, 100 * one.wanted, 100 * one.covered);
  }

  // The upper end of an interval, at one in two thousand, for what the log covers of the action.
  double most_covered(std::size_t action, const ActionOverlap& one) const {
    std::vector<double> shortfall;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double had = rows_[i].action == action ? weights_[i] : 0;
      shortfall.push_back(had - rows_[i].target[action] - (one.covered - one.wanted));
    }
    return mean_interval(one.covered, shortfall, clusters_, kNormal9995).high;
  }

  Estimate interval_around(double value, std::span<const double> contributions) const {
    std::vector<double> influence;
    for (const double one : contributions) influence.push_back(one - value);
    return mean_interval(value, influence, clusters_);
  }

  // `contributions` average to the estimate `value`, but for corrections of their spread.
  OffPolicyEstimate finish(OffPolicyEstimator estimator, double value, std::span<const double> contributions) const {
    OffPolicyEstimate out{.estimator = estimator, .value = interval_around(value, contributions)};
    std::vector<double> gains;
    for (std::size_t i = 0; i < rows_.size(); ++i) gains.push_back(contributions[i] - rewards_[i]);
    out.gain = interval_around(value - mean_of(rewards_), gains);
    return out;
  }

  OffPolicyEstimate inverse_propensity() const {
    std::vector<double> contributions;
    for (std::size_t i = 0; i < rows_.size(); ++i) contributions.push_back(weights_[i] * rewards_[i]);
    return finish(OffPolicyEstimator::kInversePropensity, mean_of(contributions), contributions);
  }

  // The ratio by its linearisation; a row that carries much of the weight pulls the ratio towards itself, which the
  // leverage takes back, as in the jackknife (MacKinnon and White 1985).
  OffPolicyEstimate self_normalised() const {
    double sum = 0;
    double weighted = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      sum += weights_[i];
      weighted += weights_[i] * rewards_[i];
    }
    const double value = weighted / sum;
    const double mean_weight = sum / static_cast<double>(rows_.size());
    std::vector<double> contributions;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double leverage = std::min(weights_[i] / sum, 0.5);
      contributions.push_back(value + weights_[i] / mean_weight * (rewards_[i] - value) / (1 - leverage));
    }
    return finish(OffPolicyEstimator::kSelfNormalised, value, contributions);
  }

  OffPolicyEstimate doubly_robust() const {
    std::vector<double> contributions;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const LoggedChoice& row = rows_[i];
      double expected = 0;
      for (std::size_t a = 0; a < actions_.size(); ++a) expected += row.target[a] * row.predicted[a];
      contributions.push_back(expected + weights_[i] * (row.reward - row.predicted[row.action]));
    }
    return finish(OffPolicyEstimator::kDoublyRobust, mean_of(contributions), contributions);
  }

  std::span<const LoggedChoice> rows_;
  std::span<const std::string> actions_;
  const OffPolicyLimits& limits_;
  std::vector<double> weights_;
  std::vector<double> rewards_;
  Clusters clusters_;
};

}  // namespace

std::string_view to_string(OffPolicyEstimator estimator) {
  return kNames[static_cast<std::size_t>(estimator)];
}

const OffPolicyEstimate* OffPolicy::find(OffPolicyEstimator estimator) const {
  const auto found = std::ranges::find(estimates, estimator, &OffPolicyEstimate::estimator);
  return found == estimates.end() ? nullptr : &*found;
}

Result<OffPolicy> estimate_off_policy(std::span<const LoggedChoice> rows, std::span<const std::string> actions,
                                      const OffPolicyLimits& limits) {
  PM_CHECK(check(rows, actions.size()));
  return Log(rows, actions, limits).evaluate();
}

}  // namespace pointsman::learn
