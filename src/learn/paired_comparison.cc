#include "learn/paired_comparison.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/rng.h"
#include "learn/binomial.h"
#include "learn/mean_bet.h"

namespace pointsman::learn {
namespace {

constexpr double kOutside = 1e-4;  // chance that the share of mended rows is outside its interval
constexpr int kShares = 64;        // values of that share that are tried
constexpr double kFarOut = 9;      // standard deviations beyond which counts do not matter
constexpr int kHalvings = 18;
constexpr double kMostRows = 1e7;
constexpr std::size_t kSummed = 300;  // counts up to which a tail is summed term by term

double ratio(std::size_t a, std::size_t b) {
  return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0;
}

// The quantile of the standard normal distribution above which a share of `alpha` lies.
double normal_quantile(double alpha) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > alpha ? low : high) = middle;
  }
  return high;
}

// P(X <= k) for X ~ Binomial(n, p), cheap for the small k that broken rows are.
double cdf(std::size_t k, std::size_t n, double p) {
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  const double none = static_cast<double>(n) * std::log1p(-p);
  if (none < -600 || k > kSummed) return binomial_cdf(k, n, p);
  const double odds = p / (1 - p);
  double term = std::exp(none);
  double sum = term;
  for (std::size_t i = 0; i < k; ++i) {
    term *= odds * static_cast<double>(n - i) / static_cast<double>(i + 1);
    sum += term;
  }
  return std::min(sum, 1.0);
}

// The test of one number of rows and one margin.
class NotWorse {
 public:
  NotWorse(std::size_t rows, double margin) : rows_(rows), n_(static_cast<double>(rows)), margin_(margin) {}

  double p_value(std::size_t mended, std::size_t broken) {
    observed_ = score(mended, broken);
    const double least = std::max(0.0, -margin_);
    const double most = (1 - margin_) / 2;
    const double low = std::clamp(
        1 - risk_upper_bound(n_ - static_cast<double>(mended), rows_, kOutside / 2, LossKind::kZeroOne), least, most);
    const double high =
        std::clamp(risk_upper_bound(static_cast<double>(mended), rows_, kOutside / 2, LossKind::kZeroOne), least, most);
    limits_.assign(rows_ + 1, kUnknown);
    double worst = 0;
    for (int i = 0; i <= kShares; ++i) worst = std::max(worst, tail(low + (high - low) * i / kShares));
    return std::min(1.0, worst + kOutside);
  }

 private:
  static constexpr std::int64_t kUnknown = -2;

  // Tango's score: how far the fall is above the margin, in standard deviations at the likeliest shares that have it.
  double score(std::size_t mended, std::size_t broken) const {
    const auto b = static_cast<double>(mended);
    const auto c = static_cast<double>(broken);
    // The share of mended rows q solves 2n q^2 - (b + c + m (c - b) - 2mn) q - b m (1 - m) = 0.
    const double half = b + c + margin_ * (c - b) - 2 * margin_ * n_;
    const double root = std::sqrt(std::max(half * half + 8 * n_ * b * margin_ * (1 - margin_), 0.0));
    const double share = std::clamp((half + root) / (4 * n_), std::max(0.0, -margin_), (1 - margin_) / 2);
    const double variance = n_ * (2 * share + margin_ - margin_ * margin_);
    const double above = c - b - n_ * margin_;
    if (!(variance > 1e-12)) return above > 0 ? 1e9 : above < 0 ? -1e9 : 0;
    return above / std::sqrt(variance);
  }

  // The most broken rows that are, with so many mended, at least as far out as what was seen; -1 if none are.
  std::int64_t limit(std::size_t mended) {
    std::int64_t& known = limits_[mended];
    if (known != kUnknown) return known;
    std::int64_t low = -1;
    auto high = static_cast<std::int64_t>(rows_ - mended) + 1;
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (score(mended, static_cast<std::size_t>(middle)) <= observed_ + 1e-9 ? low : high) = middle;
    }
    return known = low;
  }

  // The chance of being at least as far out when a share of `q` mends and `q` + margin breaks.
  double tail(double q) {
    const double middle = n_ * q;
    const double width = kFarOut * std::sqrt(n_ * q * (1 - q)) + kFarOut;
    const auto first = static_cast<std::size_t>(std::max(middle - width, 0.0));
    const auto last = static_cast<std::size_t>(std::min(middle + width, n_));
    const double breaks = q < 1 ? std::clamp((q + margin_) / (1 - q), 0.0, 1.0) : 0;
    int sign = 0;
    const double all = ::lgamma_r(n_ + 1, &sign);
    double sum = 0;
    for (std::size_t b = first; b <= last; ++b) {
      const std::int64_t most = limit(b);
      if (most < 0) continue;
      const auto mended = static_cast<double>(b);
      double chance = b == 0 ? n_ * std::log1p(-q) : 0;
      if (b > 0) {
        if (!(q > 0)) break;
        chance = all - ::lgamma_r(mended + 1, &sign) - ::lgamma_r(n_ - mended + 1, &sign) + mended * std::log(q) +
                 (b < rows_ ? (n_ - mended) * std::log1p(-q) : 0);
      }
      sum += std::exp(chance) * cdf(static_cast<std::size_t>(most), rows_ - b, breaks);
    }
    return sum;
  }

  std::size_t rows_;
  double n_;
  double margin_;
  double observed_ = 0;
  std::vector<std::int64_t> limits_;  // by mended rows
};

}  // namespace

double PairedCounts::fall() const {
  return ratio(broken, rows) - ratio(mended, rows);
}

double fell_p_value(const PairedCounts& counts) {
  return binomial_cdf(counts.mended, counts.mended + counts.broken, 0.5);
}

double not_worse_p_value(const PairedCounts& counts, double margin) {
  if (counts.rows == 0 || !(margin > -1) || !(margin < 1)) return 1;
  return NotWorse(counts.rows, margin).p_value(counts.mended, counts.broken);
}

Interval fall_interval(const PairedCounts& counts, double alpha) {
  if (counts.rows == 0) return {};
  const auto highest = [&](const PairedCounts& from) {
    double low = from.fall();
    double high = 1;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (not_worse_p_value(from, middle) > alpha ? low : high) = middle;
    }
    return high;
  };
  return {-highest({counts.rows, counts.broken, counts.mended}), highest(counts)};
}

std::size_t rows_if_faultless(double margin, double alpha) {
  if (!(margin > 0)) return static_cast<std::size_t>(kMostRows);
  if (margin >= 1) return 1;
  // With nothing mended or broken the largest tail is (1 - margin)^n.
  const double level = std::max(alpha - kOutside, 1e-9);
  return static_cast<std::size_t>(std::ceil(std::log(level) / std::log1p(-margin)));
}

std::size_t rows_to_notice(double fall, double alpha) {
  const double broken = std::ceil(-std::log2(alpha) - 1e-9);
  return static_cast<std::size_t>(std::ceil(broken / std::clamp(fall, 1e-6, 1.0) - 1e-9));
}

std::optional<std::size_t> rows_to_prove(const PairedCounts& counts, double margin, double alpha) {
  const std::size_t least = rows_if_faultless(margin, alpha);
  if (counts.rows == 0) return least;
  const double left = margin - counts.fall();
  if (!(left > 0)) return std::nullopt;
  const double variance = ratio(counts.mended + counts.broken, counts.rows) - counts.fall() * counts.fall();
  const double z = normal_quantile(alpha);
  const double rows = z * z * variance / (left * left);
  if (rows > kMostRows) return std::nullopt;
  return std::max(least, static_cast<std::size_t>(std::ceil(rows)));
}

WeightedDifferences::WeightedDifferences(std::vector<Difference> rows, std::uint64_t seed) : rows_(std::move(rows)) {
  std::ranges::sort(rows_, {}, [](const Difference& row) { return std::tuple(row.value, row.weight); });
  double weight = 0;
  for (const Difference& row : rows_) {
    heaviest_ = std::max(heaviest_, row.weight);
    weight += row.weight;
    mean_ += row.weight * row.value;
  }
  mean_ = weight > 0 ? mean_ / weight : 0;
  base::Rng rng(seed);
  for (std::size_t i = rows_.size(); i > 1; --i) std::swap(rows_[i - 1], rows_[rng.below(i)]);
}

bool WeightedDifferences::proves(double sign, double margin, double alpha) const {
  if (rows_.empty()) return false;
  std::vector<double> values;
  values.reserve(rows_.size());
  for (const Difference& row : rows_) values.push_back(row.weight / heaviest_ * (sign * row.value - margin));
  return proves_negative_mean(values, 1 - margin, alpha);
}

bool WeightedDifferences::proves_below(double margin, double alpha) const {
  return proves(1, margin, alpha);
}

Interval WeightedDifferences::interval(double alpha) const {
  if (rows_.empty()) return {};
  const auto highest = [&](double sign) {
    double low = sign * mean_;
    double high = 1;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (proves(sign, middle, alpha) ? high : low) = middle;
    }
    return high;
  };
  return {-highest(-1), highest(1)};
}

std::optional<std::size_t> WeightedDifferences::rows_to_prove(double margin, double alpha) const {
  const std::size_t least = rows_if_faultless(margin, alpha);
  if (rows_.empty()) return least;
  if (!(mean_ < margin)) return std::nullopt;
  double squares = 0;
  double weight = 0;
  for (const Difference& row : rows_) {
    squares += row.weight * row.weight * (row.value - mean_) * (row.value - mean_);
    weight += row.weight;
  }
  const auto n = static_cast<double>(rows_.size());
  const double average = weight / n;
  const double z = normal_quantile(alpha);
  const double rows = z * z * squares / n / (average * average) / ((margin - mean_) * (margin - mean_));
  if (rows > kMostRows) return std::nullopt;
  return std::max(least, static_cast<std::size_t>(std::ceil(rows)));
}

}  // namespace pointsman::learn
