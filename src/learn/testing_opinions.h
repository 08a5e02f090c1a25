// A classifier and a small model with independent errors, both known exactly. For tests.
//
// Each draws a category, right with a probability of its own that it knows; the rest of its probability is spread
// evenly. The model says more than it knows: its logits are multiplied by `boast`.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "classify/opinion.h"
#include "learn/pool_fit.h"

namespace pointsman::learn::test {

struct TwoMinds {
  std::vector<std::vector<float>> local;
  std::vector<classify::Opinion> opinions;
  std::vector<std::size_t> truth;

  std::vector<OpinionRow> rows() const {
    std::vector<OpinionRow> out;
    for (std::size_t i = 0; i < truth.size(); ++i) out.push_back({local[i], &opinions[i], truth[i]});
    return out;
  }
};

struct Minds {
  std::size_t categories = 6;
  double local_least = 0.3;  // the classifier's probabilities of being right are even between this and 1
  double model_least = 0.6;
  double boast = 3;
};

inline std::vector<float> peaked(std::size_t categories, std::size_t at, double probability) {
  const double rest = (1 - probability) / static_cast<double>(categories - 1);
  std::vector<float> out(categories, static_cast<float>(rest));
  out[at] = static_cast<float>(probability);
  return out;
}

// Where somebody who is right with that probability looks when the truth is `truth`.
inline std::size_t guess(base::Rng& rng, std::size_t categories, std::size_t truth, double probability) {
  if (rng.uniform() < probability) return truth;
  return (truth + 1 + rng.below(categories - 1)) % categories;
}

inline TwoMinds two_minds(std::uint64_t seed, std::size_t rows, const Minds& minds = {}) {
  base::Rng rng(seed);
  TwoMinds out;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t truth = rng.below(minds.categories);
    const double local = minds.local_least + (1 - minds.local_least) * rng.uniform();
    const double model = minds.model_least + (0.999 - minds.model_least) * rng.uniform();
    out.local.push_back(peaked(minds.categories, guess(rng, minds.categories, truth, local), local));
    const double rest = (1 - model) / static_cast<double>(minds.categories - 1);
    const double odds = std::pow(model / rest, minds.boast);
    const double said = odds / (odds + static_cast<double>(minds.categories) - 1);
    classify::Opinion opinion;
    opinion.outcome = classify::OpinionOutcome::kUsed;
    opinion.source = classify::OpinionSource::kLogprobs;
    opinion.probabilities = peaked(minds.categories, guess(rng, minds.categories, truth, model), said);
    out.opinions.push_back(std::move(opinion));
    out.truth.push_back(truth);
  }
  return out;
}

}  // namespace pointsman::learn::test
