// Multinomial logistic regression with L2 on sparse rows, by stochastic dual coordinate ascent.
//
// Minimises  sum_i w_i (-ln p_i[y_i]) + (l2 / 2) |W|^2  where p = softmax(W x + b) and the bias is a weight of a
// constant feature, penalised like the others. Each step moves one row's dual variables, a distribution over
// categories, towards the model's own prediction, by the length that solves the one-dimensional dual problem
// (Shalev-Shwartz and Zhang 2013; Yu, Huang and Lin 2011). No learning rate, and the duality gap says when to stop.
// Deterministic for a seed. A fit belongs to one thread; several fits may share rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/sparse.h"

namespace pointsman::learn {

struct Labelled {
  const SparseRows* rows = nullptr;
  std::span<const std::uint32_t> labels;  // one per row
  std::span<const float> weights;         // one per row, positive
  std::size_t features = 0;
  std::size_t categories = 0;
};

struct FitOptions {
  float l2 = 0.1F;
  int max_epochs = 30;
  float tolerance = 0.01F;  // stop when the duality gap is below this share of the loss
  std::uint64_t seed = 1;
};

class SoftmaxFit {
 public:
  // Learns from the rows whose indices are in `use`.
  SoftmaxFit(const Labelled& data, std::vector<std::uint32_t> use);

  // Fits; a further call with a smaller l2 starts from the result of the one before. Returns the epochs taken.
  int fit(const FitOptions& options);

  // W x + b for any row of the data's features.
  void scores(std::span<const Entry> row, std::span<float> out) const;
  float weight(std::size_t feature, std::size_t category) const { return weights_[feature * stride_ + category]; }
  float bias(std::size_t category) const { return bias_[category]; }

 private:
  struct Step {
    float gap = 0;
    float loss = 0;
  };
  Step visit(std::size_t at, float l2);
  float close_move(float sum);
  float step_length(float curvature) const;
  void apply(std::span<const Entry> row, float factor);
  void add_scores(std::span<const Entry> row, float* out) const;
  void rescale(float factor);

  Labelled data_;
  std::vector<std::uint32_t> use_;
  std::size_t stride_ = 0;
  std::vector<float> weights_;  // features x stride
  std::vector<float> bias_;     // stride
  std::vector<float> dual_;     // used rows x stride
  std::vector<float> norm_;     // squared length of each used row, bias included
  float l2_ = 0;                // of the last fit
  // Of the row being visited, per category: log probability, move towards it, dual variable.
  std::vector<float> log_p_;
  std::vector<float> move_;
  std::vector<std::uint32_t> active_;  // categories that move
  const float* current_ = nullptr;
};

}  // namespace pointsman::learn
