// An interval for a mean of few and skewed values, made for estimates that are sums of influence values.
//
// `influence` holds, per row, how far the row moves the estimate: its mean is 0, and the estimate's error is about the
// mean of such values. Rows of equal `clusters` (0: each on its own) are added up first. Hall's transformation (1992,
// "On the removal of skewness by transformation", JRSS B 54, equation 2.3) takes the skewness out; Student's t replaces
// the normal quantile, with the degrees of freedom that the values' kurtosis leaves to their variance (Satterthwaite
// 1946, Biometrics Bulletin 2). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/outcome_curve.h"

namespace pointsman::learn {

// Rows added up by cluster: what the interval is made of. `of` holds each row's cluster from 0 to count - 1.
struct Clusters {
  std::vector<std::uint32_t> of;
  std::size_t count = 0;
};
// Rows with 0 are clusters of their own.
Clusters number_clusters(std::span<const std::uint64_t> clusters);

inline constexpr double kNormal975 = 1.959963984540054;  // the normal distribution's quantiles
inline constexpr double kNormal9995 = 3.290526731491895;

// `value` with an interval at the two-sided level that `normal_quantile` stands for. Less than two clusters have no
// interval: it is then everything from -infinity to infinity.
Estimate mean_interval(double value, std::span<const double> influence, const Clusters& clusters,
                       double normal_quantile = kNormal975);

// Student's t at the probability of `normal_quantile` (Abramowitz and Stegun 26.7.5); `degrees` at least 2.
double student_quantile(double normal_quantile, double degrees);

}  // namespace pointsman::learn
