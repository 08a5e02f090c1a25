#include "learn/calibration.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

constexpr double kMostStray = 0.2;
constexpr double kPrecision = 2e-3;  // of a temperature's logarithm

double row_nll(std::span<const float> scores, std::uint32_t label, const Calibration& calibration) {
  const auto largest = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
  const double inverse = 1 / calibration.temperature;
  double sum = 0;
  for (const float score : scores) sum += std::exp((static_cast<double>(score) - largest) * inverse);
  const double margin = (static_cast<double>(scores[label]) - largest) * inverse;
  if (!(calibration.stray > 0)) return std::log(sum) - margin;
  const double floor = calibration.stray / static_cast<double>(scores.size());
  return -std::log((1 - calibration.stray) * std::exp(margin) / sum + floor);
}

// The best category of every row: its probability without a floor, and whether it is the label.
struct Tops {
  std::vector<double> probability;
  std::vector<bool> right;
  std::span<const float> weights;
  std::size_t categories = 0;

  double log_loss(double stray) const {
    const double floor = stray / static_cast<double>(categories);
    double sum = 0;
    for (std::size_t i = 0; i < probability.size(); ++i) {
      const double p = std::clamp((1 - stray) * probability[i] + floor, 1e-6, 1 - 1e-6);
      sum -= static_cast<double>(weights[i]) * std::log(right[i] ? p : 1 - p);
    }
    return sum;
  }
};

Tops tops_of(const ScoredRows& rows, double temperature) {
  Tops out{.weights = rows.weights, .categories = rows.categories};
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto row = rows.scores.subspan(i * rows.categories, rows.categories);
    const auto best = std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float score : row) sum += std::exp(static_cast<double>(score - *best) / temperature);
    out.probability.push_back(1 / sum);
    out.right.push_back(static_cast<std::size_t>(best - row.begin()) == rows.labels[i]);
  }
  return out;
}

// Where `loss` is least in [low, high], to within `precision` (golden section search).
template <class Loss>
double least(double low, double high, double precision, const Loss& loss) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double left = high - ratio * (high - low);
  double right = low + ratio * (high - low);
  double at_left = loss(left);
  double at_right = loss(right);
  while (high - low > precision) {
    if (at_left < at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - ratio * (high - low);
      at_left = loss(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + ratio * (high - low);
      at_right = loss(right);
    }
  }
  return (low + high) / 2;
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

double mean_nll(const ScoredRows& rows, const Calibration& calibration) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto w = static_cast<double>(rows.weights[i]);
    sum += w * row_nll(rows.scores.subspan(i * rows.categories, rows.categories), rows.labels[i], calibration);
    weight += w;
  }
  return weight > 0 ? sum / weight : 0;
}

double fit_temperature(const ScoredRows& rows) {
  if (rows.labels.empty()) return 1;
  return std::exp(least(std::log(0.05), std::log(20.0), kPrecision,
                        [&](double log_t) { return mean_nll(rows, {std::exp(log_t)}); }));
}

Calibration fit_top_label(const ScoredRows& rows) {
  if (rows.labels.empty()) return {};
  const auto best_stray = [](const Tops& tops) {
    const double stray = least(0, kMostStray, 1e-4, [&](double one) { return tops.log_loss(one); });
    return tops.log_loss(stray) < tops.log_loss(0) ? stray : 0;
  };
  // The loss of a temperature is that with the floor that suits it best.
  const double log_t = least(std::log(0.05), std::log(20.0), kPrecision, [&](double one) {
    const Tops tops = tops_of(rows, std::exp(one));
    return tops.log_loss(best_stray(tops));
  });
  return {std::exp(log_t), best_stray(tops_of(rows, std::exp(log_t)))};
}

void to_probabilities(std::span<float> scores, const Calibration& calibration) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  const auto temperature = static_cast<float>(calibration.temperature);
  const auto stray = static_cast<float>(calibration.stray);
  float sum = 0;
  for (float& score : scores) {
    score = std::exp((score - largest) / temperature);
    sum += score;
  }
  const float factor = (1 - stray) / sum;
  const float floor = stray / static_cast<float>(scores.size());
  for (float& score : scores) score = score * factor + floor;
}

}  // namespace pointsman::learn
