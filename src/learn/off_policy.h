// What another policy would have earned, estimated from a log of what one policy did and how likely it was to do it.
//
// Each row is one choice: the action taken, its propensity p under the policy that took it, the reward, and how likely
// the other policy (the target) would have taken each action. With w = target(action) / p:
//   inverse propensity score  mean(w r)                         Horvitz and Thompson 1952, JASA 47
//   self-normalised           sum(w r) / sum(w)                 Swaminathan and Joachims 2015, NIPS
//   doubly robust             mean(sum_a target(a) q(a) + w (r - q(action)))   Dudik, Langford and Li 2011, ICML
// where q predicts rewards; it need not be right, but must not have seen the row (reward_model.h cross-fits one).
// Intervals: few large weights make sums skewed and their variance hard to know, so the plain normal interval is
// too short on one side. Ours is Hall's (1992, JRSS B 54) transformation, which removes the skewness, with Student's t
// at the degrees of freedom that the kurtosis leaves (Satterthwaite 1946). Rows of one cluster, such as the calls of a
// conversation, count as one. Effective sample size: (sum w)^2 / sum w^2 (Kish 1965).
// Where the log does not tell, nothing is estimated: `missing` says which action was not explored, or not enough. An
// action that the log never takes for some kind of request shows, too: its weights then add up to less than the target
// wants of it.
// Pure and deterministic; the order of the rows does not matter but for rounding.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/outcome_curve.h"

namespace pointsman::learn {

struct LoggedChoice {
  std::size_t action = 0;
  double propensity = 1;          // in (0, 1]
  double reward = 0;              // or cost: any figure to be averaged
  std::vector<double> target;     // of each action; sums to 1
  std::vector<double> predicted;  // reward of each action; empty: no reward model
  std::uint64_t cluster = 0;      // rows of equal clusters may depend on each other; 0: on none
};

enum class OffPolicyEstimator : std::uint8_t { kInversePropensity, kSelfNormalised, kDoublyRobust };
std::string_view to_string(OffPolicyEstimator estimator);  // "ips", "snips", "dr"

struct OffPolicyEstimate {
  OffPolicyEstimator estimator = OffPolicyEstimator::kInversePropensity;
  Estimate value;  // mean reward under the target, with its 95 % interval
  Estimate gain;   // the same less the mean reward that was logged; tighter than the difference of two intervals
};

struct ActionOverlap {
  std::string name;
  double wanted = 0;      // share of the rows in which the target takes it
  double covered = 0;     // what the log has of that, by weight: the same but for chance, if it is explored
  std::size_t taken = 0;  // rows
  double effective = 0;   // rows that those are worth, by their weights
};

struct Overlap {
  std::size_t rows = 0;
  std::size_t clusters = 0;
  double effective = 0;  // rows
  double largest_weight = 0;
  double mean_weight = 0;  // 1 but for chance
  std::vector<ActionOverlap> actions;
};

struct OffPolicyLimits {
  double least_effective = 30;            // rows
  double least_effective_of_action = 10;  // or half of what the target wants of it, if that is less
  double ignored = 0.002;                 // an action wanted by a smaller share than this is not looked at
};

struct OffPolicy {
  Overlap overlap;
  Estimate logged;                           // mean reward of the log
  std::vector<std::string> missing;          // sentences; any: nothing is estimated
  std::vector<OffPolicyEstimate> estimates;  // IPS, SNIPS and, if all rows have predictions, DR

  bool refused() const { return !missing.empty(); }
  const OffPolicyEstimate* find(OffPolicyEstimator estimator) const;
};

// kInvalidArgument, naming the row, for a propensity outside (0, 1], numbers that are not finite, an unknown action or
// target probabilities that are not a distribution over `actions`.
base::Result<OffPolicy> estimate_off_policy(std::span<const LoggedChoice> rows, std::span<const std::string> actions,
                                            const OffPolicyLimits& limits = {});

}  // namespace pointsman::learn
