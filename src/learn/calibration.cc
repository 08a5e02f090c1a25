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

constexpr double kRidge = 4;  // rows' worth of evidence that a category needs no offset
constexpr int kOffsetRounds = 60;
constexpr std::size_t kFewestPerCategory = 30;
constexpr double kWorthwhile = 1e-3;  // share of the loss that offsets must save

// Offsets of the rows' categories at a temperature, by diagonal Newton steps, damped: the curvature of one category
// alone understates that of all together. In units of logits.
std::vector<double> offsets_at(const ScoredRows& rows, double temperature) {
  const std::size_t n = rows.categories;
  std::vector<double> offsets(n, 0);
  std::vector<double> p(n);
  for (int round = 0; round < kOffsetRounds; ++round) {
    std::vector<double> gradient(n);
    std::vector<double> curvature(n, kRidge);
    for (std::size_t c = 0; c < n; ++c) gradient[c] = kRidge * offsets[c];
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
      const auto row = rows.scores.subspan(i * n, n);
      const auto weight = static_cast<double>(rows.weights[i]);
      double largest = -1e300;
      for (std::size_t c = 0; c < n; ++c) {
        p[c] = static_cast<double>(row[c]) / temperature + offsets[c];
        largest = std::max(largest, p[c]);
      }
      double sum = 0;
      for (double& one : p) sum += one = std::exp(one - largest);
      for (std::size_t c = 0; c < n; ++c) {
        const double share = p[c] / sum;
        gradient[c] += weight * (share - (rows.labels[i] == c ? 1 : 0));
        curvature[c] += weight * share * (1 - share);
      }
    }
    double moved = 0;
    for (std::size_t c = 0; c < n; ++c) {
      const double step = 0.5 * gradient[c] / curvature[c];
      offsets[c] -= step;
      moved = std::max(moved, std::fabs(step));
    }
    if (moved < 1e-3) break;
  }
  return offsets;
}

// The rows of one part, or all the others.
PickedRows rows_of(const ScoredRows& rows, std::span<const int> part_of, int part, bool others) {
  std::vector<std::uint32_t> picked;
  for (std::uint32_t i = 0; i < rows.labels.size(); ++i) {
    if ((part_of[i] == part) != others) picked.push_back(i);
  }
  return {rows.scores, rows.labels, rows.weights, rows.categories, picked};
}

// Loss of `rows` with a temperature, and with offsets besides, both found on others.
struct Losses {
  double plain = 0;
  double offset = 0;
};

Losses judge_offsets(const ScoredRows& found_on, const ScoredRows& rows) {
  const double temperature = fit_temperature(found_on);
  const std::vector<double> offsets = offsets_at(found_on, temperature);
  std::vector<float> shifted(rows.scores.begin(), rows.scores.end());
  for (std::size_t i = 0; i < shifted.size(); ++i) {
    shifted[i] += static_cast<float>(temperature * offsets[i % rows.categories]);
  }
  return {mean_nll(rows, {temperature}),
          mean_nll({shifted, rows.labels, rows.weights, rows.categories}, {temperature})};
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

std::vector<float> fit_offsets(const ScoredRows& rows, std::span<const int> part_of) {
  if (rows.labels.size() < kFewestPerCategory * rows.categories) return {};
  const int parts = *std::ranges::max_element(part_of) + 1;
  Losses all;
  for (int part = 0; part < parts; ++part) {
    const PickedRows judged = rows_of(rows, part_of, part, false);
    if (judged.rows().labels.empty()) continue;
    const Losses one = judge_offsets(rows_of(rows, part_of, part, true).rows(), judged.rows());
    if (!(one.offset < one.plain)) return {};
    all.plain += one.plain;
    all.offset += one.offset;
  }
  if (!(all.offset < all.plain * (1 - kWorthwhile))) return {};
  const double temperature = fit_temperature(rows);
  std::vector<float> out;
  for (const double offset : offsets_at(rows, temperature)) out.push_back(static_cast<float>(temperature * offset));
  return out;
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
