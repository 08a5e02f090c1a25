// Trains what a sentence encoder adds: a softmax head over the embeddings, cross-validated on the same folds as the
// rest, the factors that mix its scores with theirs, and the bar below which asking the encoder is worth it.
//
// Pure and deterministic for a seed, on any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "classify/second_opinion.h"
#include "learn/folds.h"
#include "learn/softmax_fit.h"

namespace pointsman::learn {

// What the views before the encoder say of rows that they have not seen.
struct FirstViews {
  std::span<const float> linear;         // predictable rows x categories
  std::span<const float> net;            // the same, meaningful for `rows`; empty without a network
  std::span<const float> probabilities;  // the same: the cascade's so far, calibrated
  std::span<const std::uint32_t> rows;   // those that all views predicted, ascending
};

struct SecondOpinionPlan {
  std::vector<float> l2{1, 0.5F, 0.25F, 0.12F, 0.06F, 0.03F, 0.015F, 0.008F, 0.004F};
  int search_folds = 1 << 20;
  int max_epochs = 12;
  int threads = 1;
  std::uint64_t seed = 1;
};

struct SecondOpinionFit {
  classify::EncoderMix mix;  // encoder 0: it did not help
  float l2 = 0;
  int max_epochs = 0;
  std::vector<float> scores;  // of the head, out of fold: predictable rows x categories
  double nll_without = 0;     // of the cascade so far, on the rows above
  double nll_with = 0;
  double ask_share = 0;  // of the rows for which the encoder is asked
};

// `embeddings` are rows over the encoder's dimensions. `tick` is called after every penalty tried.
SecondOpinionFit fit_second_opinion(const Labelled& embeddings, const Folds& folds, std::size_t predictable,
                                    const FirstViews& first, const SecondOpinionPlan& plan,
                                    const std::function<void()>& tick);

}  // namespace pointsman::learn
