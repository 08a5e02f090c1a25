// Temperature scaling (Guo et al. 2017), with a floor: two numbers that make probabilities honest without changing any
// ranking. The floor is the share of predictions that go astray however sure they look, for which no temperature can
// allow: p = (1 - stray) softmax(scores / temperature) + stray / categories.
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

struct Calibration {
  double temperature = 1;
  double stray = 0;
};

// Weighted mean of -ln p[label]. 0 for no rows.
double mean_nll(const ScoredRows& rows, const Calibration& calibration);

// The temperature in [0.05, 20] with the least mean_nll (golden section over its logarithm; the function has a single
// minimum). 1 for no rows.
double fit_temperature(const ScoredRows& rows);

// Vector scaling (Guo et al. 2017) with a shared temperature: what to add to each category's score, so that categories
// which are called too often or too rarely come right. Ridge-penalised, as many categories have few rows. `part_of`
// says to which part a row belongs (0, 1, ...): folds, which whole groups share. Empty unless offsets found on the
// other parts beat the temperature alone on every part, so that what holds for some people's texts only is left alone;
// and for fewer than 30 rows per category.
std::vector<float> fit_offsets(const ScoredRows& rows, std::span<const int> part_of);

// What makes the largest probability the probability of being right (top-label calibration: Gupta and Ramdas 2022):
// temperature and floor with the least log loss of whether the best category is the label. Where labels
// are many and rows few, the temperature that suits all probabilities makes the largest ones too sure. {1, 0} for no
// rows.
Calibration fit_top_label(const ScoredRows& rows);

// Replaces scores by probabilities.
void to_probabilities(std::span<float> scores, const Calibration& calibration);

}  // namespace pointsman::learn
