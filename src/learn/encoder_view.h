// What a sentence encoder adds to one training: the examples' embeddings, a head over them that is kept only if rows
// that no view has seen are predicted better, and the encoder's section of the artefact.
//
// Belongs to one training and refers to its labels and weights. Deterministic for a seed, on any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encode/encoder.h"
#include "learn/scope_fit.h"
#include "learn/second_opinion_fit.h"

namespace pointsman::learn {

class EncoderView {
 public:
  // Without a call of embed(): there is no encoder, and nothing is kept.
  EncoderView() = default;
  EncoderView(const EncoderView&) = delete;
  EncoderView& operator=(const EncoderView&) = delete;

  // `like` has the labels, weights and categories of the examples; their texts come first, behind them those of
  // examples that belong to no category.
  void embed(std::shared_ptr<const encode::Encoder> encoder, std::span<const std::string_view> texts,
             const Labelled& like, int threads);
  bool embedded() const { return encoder_ != nullptr; }

  // Trains a head out of fold; what it says and whether it helps is in fit() then.
  void try_head(const Folds& folds, std::size_t predictable, const FirstViews& first, const SecondOpinionPlan& plan,
                const std::function<void()>& tick);
  bool kept() const { return fit_.mix.encoder > 0; }
  const SecondOpinionFit& fit() const { return fit_; }
  // Lets the encoder decide the rows of `probabilities` that are below its bar, among the first.rows that all views
  // predicted; of `first` the scores count.
  void decide_unsure(const FirstViews& first, std::span<float> probabilities) const;

  ScopeEncoder for_scope() const;
  // SecondOpinion::pack of a head trained on all examples.
  std::string pack(const classify::EncoderScope& scope, std::uint64_t seed) const;

 private:
  std::shared_ptr<const encode::Encoder> encoder_;
  SparseRows rows_;
  SparseRows outside_;  // of the examples that belong to no category
  Labelled labelled_;   // rows_
  SecondOpinionFit fit_;
};

}  // namespace pointsman::learn
