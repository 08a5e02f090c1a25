#include "learn/mean_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace pointsman::learn {
namespace {

// Of values whose mean is 0, one per cluster.
struct Moments {
  double deviation = 0;
  double skewness = 0;
  double kurtosis = 0;
};

Moments moments_of(std::span<const double> values) {
  double second = 0;
  double third = 0;
  double fourth = 0;
  for (const double value : values) {
    const double square = value * value;
    second += square;
    third += square * value;
    fourth += square * square;
  }
  const double n = static_cast<double>(values.size());
  if (second <= 0) return {};
  const double variance = second / n;
  return {std::sqrt(second / (n - 1)), third / n / (variance * std::sqrt(variance)),
          fourth / n / (variance * variance)};
}

// Hall's transformation the other way round: the studentised mean that becomes `y`.
double untransform(double y, double skewness, double n) {
  // Below this the transformation is the identity to all digits, and the formula would divide by nothing.
  constexpr double kEven = 1e-6;
  if (std::fabs(skewness) < kEven) return y;
  return 3 / skewness * (std::cbrt(1 + skewness * (y - skewness / (6 * n))) - 1);
}

}  // namespace

Clusters number_clusters(std::span<const std::uint64_t> clusters) {
  Clusters out;
  out.of.reserve(clusters.size());
  std::unordered_map<std::uint64_t, std::uint32_t> number;
  for (const std::uint64_t cluster : clusters) {
    const auto next = static_cast<std::uint32_t>(out.count);
    const std::uint32_t mine = cluster == 0 ? next : number.try_emplace(cluster, next).first->second;
    out.of.push_back(mine);
    if (mine == next) ++out.count;
  }
  return out;
}

double student_quantile(double z, double degrees) {
  const double n = std::max(degrees, 2.0);
  const double z2 = z * z;
  const double first = z * (z2 + 1) / 4;
  const double second = z * (5 * z2 * z2 + 16 * z2 + 3) / 96;
  const double third = z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / 384;
  const double fourth = z * (79 * z2 * z2 * z2 * z2 + 776 * z2 * z2 * z2 + 1482 * z2 * z2 - 1920 * z2 - 945) / 92160;
  return z + (first + (second + (third + fourth / n) / n) / n) / n;
}

Estimate mean_interval(double value, std::span<const double> influence, const Clusters& clusters,
                       double normal_quantile) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (clusters.count < 2) return {value, -kInfinity, kInfinity};
  const double n = static_cast<double>(clusters.count);
  const double scale = n / static_cast<double>(influence.size());
  std::vector<double> sums(clusters.count, 0.0);
  for (std::size_t i = 0; i < influence.size(); ++i) sums[clusters.of[i]] += scale * influence[i];
  const Moments moments = moments_of(sums);
  if (moments.deviation <= 0) return {value, value, value};
  // The variance of a sample variance is sigma^4 (kurtosis - 1) / n, that of a chi square 2 sigma^4 / degrees.
  const double degrees = std::clamp(2 * n / std::max(moments.kurtosis - 1, 1e-9), 2.0, n - 1 > 2 ? n - 1 : 2.0);
  const double y = student_quantile(normal_quantile, degrees) / std::sqrt(n);
  return {value, value - moments.deviation * untransform(y, moments.skewness, n),
          value - moments.deviation * untransform(-y, moments.skewness, n)};
}

}  // namespace pointsman::learn
