#include "learn/calibration.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

double row_nll(std::span<const float> scores, std::uint32_t label, double inverse) {
  const auto largest = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
  double sum = 0;
  for (const float score : scores) sum += std::exp((static_cast<double>(score) - largest) * inverse);
  return std::log(sum) - (static_cast<double>(scores[label]) - largest) * inverse;
}

}  // namespace

PickedRows::PickedRows(std::span<const float> scores, std::span<const std::uint32_t> labels,
                       std::span<const float> weights, std::size_t categories, std::span<const std::uint32_t> picked)
    : categories_(categories) {
  for (const std::size_t i : picked) {
    const auto row = scores.subspan(i * categories, categories);
    scores_.insert(scores_.end(), row.begin(), row.end());
    labels_.push_back(labels[i]);
    weights_.push_back(weights[i]);
  }
}

double mean_nll(const ScoredRows& rows, double temperature) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto w = static_cast<double>(rows.weights[i]);
    sum += w * row_nll(rows.scores.subspan(i * rows.categories, rows.categories), rows.labels[i], 1 / temperature);
    weight += w;
  }
  return weight > 0 ? sum / weight : 0;
}

double fit_temperature(const ScoredRows& rows) {
  if (rows.labels.empty()) return 1;
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.05);
  double high = std::log(20.0);
  double left = high - ratio * (high - low);
  double right = low + ratio * (high - low);
  double at_left = mean_nll(rows, std::exp(left));
  double at_right = mean_nll(rows, std::exp(right));
  while (high - low > 1e-3) {
    if (at_left < at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - ratio * (high - low);
      at_left = mean_nll(rows, std::exp(left));
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + ratio * (high - low);
      at_right = mean_nll(rows, std::exp(right));
    }
  }
  return std::exp((low + high) / 2);
}

void to_probabilities(std::span<float> scores, float temperature) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) {
    score = std::exp((score - largest) / temperature);
    sum += score;
  }
  for (float& score : scores) score /= sum;
}

}  // namespace pointsman::learn
