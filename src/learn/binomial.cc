#include "learn/binomial.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

constexpr int kHalvings = 60;
constexpr std::size_t kMostRows = 10'000'000;

double log_beta(double a, double b) {
  // lgamma writes a global sign on some systems; the sign is always positive here.
  int sign = 0;
  return ::lgamma_r(a, &sign) + ::lgamma_r(b, &sign) - ::lgamma_r(a + b, &sign);
}

// The continued fraction of the incomplete beta function (DLMF 8.17.22); converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr double kClose = 1e-15;
  constexpr int kMostTerms = 20'000;  // about the square root of the largest argument
  const auto away_from_zero = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int i = 1; i <= kMostTerms; ++i) {
    const double m = i;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    value *= d * c;
    if (std::fabs(d * c - 1) < kClose) break;
  }
  return value;
}

// I_x(a, b) for a, b > 0.
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta(a, b));
  if (x < (a + 1) / (a + b + 2)) return std::clamp(front * beta_fraction(a, b, x) / a, 0.0, 1.0);
  return std::clamp(1 - front * beta_fraction(b, a, 1 - x) / b, 0.0, 1.0);
}

// Kullback-Leibler divergence of Bernoulli(a) from Bernoulli(b), 0 < b < 1.
double divergence(double a, double b) {
  const double one = a > 0 ? a * std::log(a / b) : 0;
  const double other = a < 1 ? (1 - a) * std::log((1 - a) / (1 - b)) : 0;
  return one + other;
}

// A total that is a whole number but for the rounding of its sum counts as that number.
std::size_t count_up(double total) {
  const double nearest = std::nearbyint(total);
  return static_cast<std::size_t>(std::max(std::fabs(total - nearest) < 1e-7 ? nearest : std::ceil(total), 0.0));
}

bool shows(std::size_t n, double rate, double mean, double delta, LossKind kind) {
  const double rows = static_cast<double>(n);
  const double total = kind == LossKind::kZeroOne ? static_cast<double>(count_up(rate * rows)) : rate * rows;
  return risk_p_value(total, n, mean, kind) <= delta;
}

}  // namespace

double binomial_cdf(std::size_t k, std::size_t n, double p) {
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  return incomplete_beta(static_cast<double>(n - k), static_cast<double>(k) + 1, 1 - p);
}

double risk_p_value(double total, std::size_t n, double mean, LossKind kind) {
  if (n == 0 || mean <= 0) return 1;
  const std::size_t count = count_up(total);
  if (mean >= 1) return count >= n ? 1 : 0;
  const double tail = binomial_cdf(count, n, mean);
  if (kind == LossKind::kZeroOne) return tail;
  const double rows = static_cast<double>(n);
  const double hoeffding = std::exp(-rows * divergence(std::clamp(total / rows, 0.0, mean), mean));
  return std::min({1.0, hoeffding, std::exp(1.0) * tail});
}

double risk_upper_bound(double total, std::size_t n, double delta, LossKind kind) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (risk_p_value(total, n, middle, kind) > delta ? low : high) = middle;
  }
  return high;
}

std::optional<std::size_t> rows_needed(double rate, double mean, double delta, LossKind kind) {
  if (!(rate < mean) || !shows(kMostRows, rate, mean, delta, kind)) return std::nullopt;
  std::size_t low = 0;
  std::size_t high = kMostRows;
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (shows(middle, rate, mean, delta, kind) ? high : low) = middle;
  }
  return high;
}

double provable_rate(std::size_t n, double mean, double delta, LossKind kind) {
  if (n == 0 || risk_p_value(0, n, mean, kind) > delta) return -1;
  const double rows = static_cast<double>(n);
  double low = 0;
  double high = rows;
  for (int i = 0; i < kHalvings && high - low > 1e-9; ++i) {
    const double middle = (low + high) / 2;
    (risk_p_value(middle, n, mean, kind) <= delta ? low : high) = middle;
  }
  // A count below the last whole number that passes proves no less.
  return (kind == LossKind::kZeroOne ? std::floor(low + 1e-6) : low) / rows;
}

}  // namespace pointsman::learn
