// Cross-validation: every example is predicted by a model that has not seen it, nor its group.
// Pure and deterministic for a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "learn/calibration.h"
#include "learn/dataset.h"
#include "learn/softmax_fit.h"

namespace pointsman::learn {

inline constexpr int kAlwaysTrain = -1;  // fold of rows that teach in every fold and are never predicted

struct Folds {
  std::vector<int> of;  // one per example
  int count = 0;
  bool by_group = false;
};

// Folds 0 to count-1 with about the same mix of categories. When most examples carry a group, and there are enough
// groups, whole groups are dealt out; otherwise examples are, those with the same text together. Examples from
// `predictable` on get kAlwaysTrain. Depends on the examples' order and nothing else.
Folds make_folds(const Dataset& data, std::span<const std::uint32_t> labels, std::size_t predictable, int count,
                 bool use_groups);

struct L2Trial {
  float l2 = 0;
  double nll = 0;  // calibrated
  double accuracy = 0;
  double temperature = 1;
};

struct CrossValidation {
  std::vector<L2Trial> trials;  // from the strongest penalty to the weakest that was tried
  std::size_t best = 0;         // the trial with the least nll
  std::vector<float> scores;    // of the best trial: predictable rows x categories
};

struct CrossValidationOptions {
  std::vector<float> l2;       // candidates, descending
  std::size_t first = 0;       // where the search begins; it ends where both neighbours make nll worse
  int search_folds = 1 << 20;  // the candidates are compared on this many folds; the best predicts the others, too
  int max_epochs = 10;
  float tolerance = 0.01F;
  int threads = 1;
  std::uint64_t seed = 1;
};

// `tick` is called after every candidate, from the calling thread.
CrossValidation cross_validate(const Labelled& data, const Folds& folds, std::size_t predictable,
                               const CrossValidationOptions& options, const std::function<void()>& tick);

}  // namespace pointsman::learn
