// Temperature scaling (Guo et al. 2017): one number that makes probabilities honest without changing any ranking.
// Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pointsman::learn {

// Scores before softmax of labelled rows, `categories` a row.
struct ScoredRows {
  std::span<const float> scores;
  std::span<const std::uint32_t> labels;
  std::span<const float> weights;
  std::size_t categories = 0;
};

// Some of the rows, copied.
class PickedRows {
 public:
  PickedRows(std::span<const float> scores, std::span<const std::uint32_t> labels, std::span<const float> weights,
             std::size_t categories, std::span<const std::uint32_t> picked);
  ScoredRows rows() const { return {scores_, labels_, weights_, categories_}; }

 private:
  std::vector<float> scores_;
  std::vector<std::uint32_t> labels_;
  std::vector<float> weights_;
  std::size_t categories_ = 0;
};

// Weighted mean of -ln softmax(scores / temperature)[label]. 0 for no rows.
double mean_nll(const ScoredRows& rows, double temperature);

// The temperature in [0.05, 20] with the least mean_nll (golden section over its logarithm; the function has a single
// minimum). 1 for no rows.
double fit_temperature(const ScoredRows& rows);

// Replaces scores by softmax(scores / temperature).
void to_probabilities(std::span<float> scores, float temperature);

}  // namespace pointsman::learn
