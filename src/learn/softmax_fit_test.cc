#include "learn/softmax_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

// Rows of a few features drawn at random; the label goes with the first, except where it is wrong.
struct Sample {
  SparseRows rows;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;
  std::size_t features = 0;
  std::size_t categories = 0;

  Labelled labelled() const { return {&rows, labels, weights, features, categories}; }
  std::vector<std::uint32_t> all() const {
    std::vector<std::uint32_t> out(labels.size());
    std::iota(out.begin(), out.end(), 0U);
    return out;
  }
};

Sample sample(std::size_t rows, std::size_t categories, double wrong, std::uint64_t seed) {
  Sample out{.features = categories * 3, .categories = categories};
  base::Rng rng(seed);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto label = static_cast<std::uint32_t>(rng.below(categories));
    std::vector<std::uint32_t> features{label * 3 + static_cast<std::uint32_t>(rng.below(3))};
    for (int k = 0; k < 15; ++k) features.push_back(static_cast<std::uint32_t>(rng.below(out.features)));
    std::sort(features.begin(), features.end());
    features.erase(std::unique(features.begin(), features.end()), features.end());
    for (const std::uint32_t feature : features) out.rows.entries.push_back({feature, 0.7F});
    out.rows.begin.push_back(out.rows.entries.size());
    out.labels.push_back(rng.uniform() < wrong ? static_cast<std::uint32_t>(rng.below(categories)) : label);
    out.weights.push_back(1);
  }
  return out;
}

// What is minimised, per row.
double objective(const Sample& data, const SoftmaxFit& fit, double l2) {
  double loss = 0;
  std::vector<float> scores(data.categories);
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    fit.scores(data.rows.row(i), scores);
    double sum = 0;
    for (const float score : scores) sum += std::exp(static_cast<double>(score - scores[data.labels[i]]));
    loss += std::log(sum);
  }
  double square = 0;
  for (std::size_t c = 0; c < data.categories; ++c) {
    square += std::pow(static_cast<double>(fit.bias(c)), 2);
    for (std::size_t f = 0; f < data.features; ++f) square += std::pow(static_cast<double>(fit.weight(f, c)), 2);
  }
  return (loss + l2 / 2 * square) / static_cast<double>(data.labels.size());
}

TEST(SoftmaxFit, StaysNearItsOptimumOnContradictoryRowsHoweverWeakThePenalty) {
  // A row that the model is sure about and that is labelled otherwise asks for a short step; a full one makes every
  // later row such a row, and the loss ends in the hundreds.
  for (const float l2 : {0.1F, 0.01F, 0.001F}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Sample data = sample(1500, 10, 0.1, seed);
      SoftmaxFit fit(data.labelled(), data.all());
      fit.fit({.l2 = l2, .max_epochs = 40, .tolerance = 1e-4F, .seed = seed});
      EXPECT_LT(objective(data, fit, static_cast<double>(l2)), 10) << "l2 " << l2 << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace pointsman::learn
