// Expected rewards for the doubly robust estimate: the mean reward of each action in each stratum (a category, a
// subject, a length class), drawn towards the action's mean over all strata, and that towards the mean over all.
//
// Cross-fitted: a row is predicted from the other folds alone; rows of one cluster are in one fold (Chernozhukov and
// others 2018, "Double/debiased machine learning", section 3). It need not be right for the estimate to be unbiased;
// the better it is, the narrower the interval. Pure; the seed deals out the folds.
#pragma once

#include <cstdint>
#include <span>

#include "learn/off_policy.h"

namespace pointsman::learn {

struct RewardModelOptions {
  int folds = 5;
  double shrinkage = 5;  // rows that the wider mean counts as
  std::uint64_t seed = 1;
};

// Fills `predicted` of every row. `strata` has one number per row, any numbers; `actions` says how many there are.
void predict_rewards(std::span<LoggedChoice> rows, std::span<const std::uint64_t> strata, std::size_t actions,
                     const RewardModelOptions& options = {});

}  // namespace pointsman::learn
