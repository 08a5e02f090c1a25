// Learns when a text belongs to no category at all, without examples of such texts: some categories are left out of a
// training, and their examples stand for what people will ask that nobody configured. Examples that the user marked as
// belonging nowhere join them.
//
// The judge is a logistic regression over the largest score and the shares of words and characters that the training
// had not seen, a second one over those and the largest score of a sentence encoder's head
// and, where examples of no category are given, how like them the encoder finds a text; for both, the two kinds of
// row weigh the same, shifted to the share of such texts that is expected. Pure and deterministic.
#pragma once

#include <span>
#include <vector>

#include "classify/artefact.h"
#include "classify/second_opinion.h"
#include "learn/folds.h"
#include "learn/softmax_fit.h"
#include "learn/sparse.h"

namespace pointsman::learn {

struct ScopeOptions {
  float l2 = 0.1F;
  int max_epochs = 10;
  float tolerance = 0.01F;
  double outside_share = 0.02;     // of the requests, expected to belong to no category
  std::span<const float> offsets;  // to be added to the scores; may be empty
  int rounds = 5;                  // trainings, each without another part of the categories
  int threads = 1;
  std::uint64_t seed = 1;
};

struct ScopeFit {
  classify::Scope scope;
  classify::EncoderScope with_encoder;  // certainty without an encoder
  std::size_t inside_rows = 0;
  std::size_t outside_rows = 0;
  double auroc = 0;  // of the judge on the rows it was fitted on: categories that were left out against the others
  double auroc_with_encoder = 0;
};

// The same rows in an encoder's dimensions, and how its head is trained.
struct ScopeEncoder {
  const Labelled* rows = nullptr;  // null: none
  const SparseRows* outside = nullptr;
  float l2 = 0.1F;
  int max_epochs = 10;
};

// `outside` are rows over the same features that belong to no category. Without enough categories or rows the scope is
// the default: certainty.
ScopeFit fit_scope(const Labelled& data, const Vocabulary& vocabulary, const BlockWeights& block_weight,
                   const SparseRows& outside, const ScopeEncoder& encoder, const Folds& folds, std::size_t predictable,
                   const ScopeOptions& options);

// Area under the ROC curve: how often a row of `high` scores above one of `low`, ties counting half (Mann & Whitney
// 1947). 0.5 if either is empty.
double area_under_roc(std::span<const double> high, std::span<const double> low);

}  // namespace pointsman::learn
