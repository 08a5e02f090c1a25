#include "learn/gate_calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "learn/evaluate.h"

namespace pointsman::learn {
namespace {

// How much more sure than right each bin is, summed over its rows.
struct Bins {
  std::array<double, kCalibrationBins> gap{};
  double weight = 0;

  void add(const Confident& row) {
    const double place = static_cast<double>(row.confidence) * static_cast<double>(kCalibrationBins);
    const auto bin = std::min(static_cast<std::size_t>(std::max(place, 0.0)), kCalibrationBins - 1);
    gap[bin] += row.weight * (static_cast<double>(row.confidence) - (row.right ? 1 : 0));
    weight += row.weight;
  }
  double error() const {
    double sum = 0;
    for (const double one : gap) sum += std::fabs(one);
    return weight > 0 ? sum / weight : 0;
  }
};

}  // namespace

double expected_calibration_error(std::span<const Confident> rows) {
  Bins bins;
  for (const Confident& row : rows) bins.add(row);
  return bins.error();
}

Interval ece_interval(std::span<const Confident> rows, double alpha, int resamples, std::uint64_t seed) {
  if (rows.empty() || resamples < 1) return {0, 1};
  base::Rng rng(seed);
  std::vector<double> errors(static_cast<std::size_t>(resamples));
  for (double& error : errors) {
    Bins bins;
    for (std::size_t i = 0; i < rows.size(); ++i) bins.add(rows[rng.below(rows.size())]);
    error = bins.error();
  }
  std::ranges::sort(errors);
  const auto last = static_cast<double>(errors.size() - 1);
  const double low = errors[static_cast<std::size_t>(std::floor(alpha * last))];
  const double high = errors[static_cast<std::size_t>(std::ceil((1 - alpha) * last))];
  const double twice = 2 * expected_calibration_error(rows);
  return {std::clamp(twice - high, 0.0, 1.0), std::clamp(twice - low, 0.0, 1.0)};
}

}  // namespace pointsman::learn
