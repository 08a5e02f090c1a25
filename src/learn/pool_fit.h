// What a small model's opinion is worth beside the classifier's, measured on labelled requests: the weights of the pool
// (classify/combination.h) for one kind of opinion.
//
// First the weights with the least mean -ln p(truth): for every floor that is tried the loss is convex in the two
// exponents (view_mix.h), and the floor is searched for, on a grid and then by golden section. Then what makes the
// largest probability the probability of being right (calibration.h): a temperature divides both exponents, and the
// floor for answers that go astray is the pool's. What is reported of the fit is cross-fitted: every row is judged by
// weights found on others. Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "classify/combination.h"

namespace pointsman::learn {

// A labelled request about which both were heard. What it points to must outlive the fit.
struct OpinionRow {
  std::span<const float> local;  // the classifier's probabilities, from a model that has not learnt from the row
  const classify::Opinion* opinion = nullptr;
  std::size_t truth = 0;  // a category, or the number of categories: none of them
  float weight = 1;       // how many requests it stands for
};

// How good probabilities are on rows that had no part in making them; the truth "none" counts as a mistake.
struct PoolQuality {
  double nll = 0;       // mean -ln p(truth), p at least 1e-7
  double accuracy = 0;  // the likeliest category is the truth
  double ece = 0;       // calibration error of the largest probability, 15 equally wide bins
};

struct PoolFit {
  classify::PoolWeights weights;
  std::size_t rows = 0;
  PoolQuality pooled;
  PoolQuality local;  // the classifier alone, on the same rows
  PoolQuality model;  // the opinion as it was given
};

struct PoolFitOptions {
  int folds = 5;
  std::uint64_t seed = 1;
};

// With fewer there is nothing to learn four numbers from.
inline constexpr std::size_t kFewestOpinionRows = 60;

// Only rows with a usable opinion of that source count. kInvalidArgument when they are fewer than kFewestOpinionRows or
// disagree about the number of categories.
base::Result<PoolFit> fit_pool(std::span<const OpinionRow> rows, classify::OpinionSource source,
                               const PoolFitOptions& options = {});

// The weights of every source that has enough rows; the others stay unknown. kInvalidArgument when none has.
base::Result<classify::Combination> fit_combination(std::span<const OpinionRow> rows,
                                                    const PoolFitOptions& options = {});

// Of the pool with these weights on these rows.
PoolQuality judge_pool(std::span<const OpinionRow> rows, const classify::PoolWeights& weights);

}  // namespace pointsman::learn
