#include "learn/threshold_path.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

// Floats next to 1 are 6e-8 apart: their logit is about 16.6.
constexpr double kFarthest = 17;
// Penalties of the fit, as the precision of normal priors around the plain path.
constexpr double kSlopePrecision = 10;
constexpr double kCommonPrecision = 0.1;
constexpr double kOffsetPrecision = 1;
constexpr double kLeastSlope = 0.2;
constexpr double kLeastLoss = 5;  // in all: with less there is no curve to see
constexpr int kMostRounds = 50;

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

double doubt_of(float probability) {
  const double doubt = std::clamp(1 - static_cast<double>(probability), 1e-7, 1 - 1e-7);
  return std::log(doubt / (1 - doubt));
}

// Newton's method for P(loss) = logistic(slope x doubt + common + offset_c), with normal priors. The Hessian is an
// arrow (offsets touch only slope and common), so a round costs as much as reading the rows once.
class CurveFit {
 public:
  CurveFit(std::span<const Call> rows, std::vector<double> prior) : rows_(rows), prior_(std::move(prior)) {
    offset_.assign(prior_.size(), 0);
    doubt_.reserve(rows.size());
    for (const Call& row : rows) doubt_.push_back(doubt_of(row.probability));
  }

  void run() {
    double before = objective();
    for (int round = 0; round < kMostRounds; ++round) {
      const double slope = slope_;
      const double common = common_;
      const std::vector<double> offset = offset_;
      newton_step();
      double now = objective();
      for (int halvings = 0; now > before && halvings < 30; ++halvings) {
        slope_ = (slope_ + slope) / 2;
        common_ = (common_ + common) / 2;
        for (std::size_t c = 0; c < offset.size(); ++c) offset_[c] = (offset_[c] + offset[c]) / 2;
        now = objective();
      }
      if (!(before - now > 1e-9 * (1 + std::fabs(before)))) return;
      before = now;
    }
  }

  double slope() const { return slope_; }
  double offset(std::size_t c) const { return prior_[c] + common_ + offset_[c]; }

 private:
  double score(std::size_t i) const { return slope_ * doubt_[i] + offset(rows_[i].category); }

  double objective() const {
    double out = kSlopePrecision / 2 * (slope_ - 1) * (slope_ - 1) + kCommonPrecision / 2 * common_ * common_;
    for (const double one : offset_) out += kOffsetPrecision / 2 * one * one;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double s = score(i);
      out += std::max(s, 0.0) + std::log1p(std::exp(-std::fabs(s))) - static_cast<double>(rows_[i].loss) * s;
    }
    return out;
  }

  // Solves H step = gradient with the offsets eliminated first (Schur complement of a 2 x 2 block).
  void newton_step() {
    struct Sums {
      double gradient = 0;
      double own = 0;    // second derivative
      double slope = 0;  // mixed with the slope
    };
    std::vector<Sums> of(offset_.size());
    double ga = kSlopePrecision * (slope_ - 1);
    double gb = kCommonPrecision * common_;
    double haa = kSlopePrecision;
    double hab = 0;
    double hbb = kCommonPrecision;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double p = logistic(score(i));
      const double off = p - static_cast<double>(rows_[i].loss);
      const double weight = p * (1 - p);
      Sums& sums = of[rows_[i].category];
      sums.gradient += off;
      sums.own += weight;
      sums.slope += weight * doubt_[i];
      ga += off * doubt_[i];
      gb += off;
      haa += weight * doubt_[i] * doubt_[i];
      hab += weight * doubt_[i];
      hbb += weight;
    }
    for (std::size_t c = 0; c < of.size(); ++c) {
      const double own = of[c].own + kOffsetPrecision;
      const double gradient = of[c].gradient + kOffsetPrecision * offset_[c];
      ga -= of[c].slope * gradient / own;
      gb -= of[c].own * gradient / own;
      haa -= of[c].slope * of[c].slope / own;
      hab -= of[c].slope * of[c].own / own;
      hbb -= of[c].own * of[c].own / own;
    }
    const double determinant = haa * hbb - hab * hab;
    const double da = (hbb * ga - hab * gb) / determinant;
    const double db = (haa * gb - hab * ga) / determinant;
    for (std::size_t c = 0; c < of.size(); ++c) {
      const double gradient = of[c].gradient + kOffsetPrecision * offset_[c];
      offset_[c] -= (gradient - of[c].slope * da - of[c].own * db) / (of[c].own + kOffsetPrecision);
    }
    slope_ -= da;
    common_ -= db;
  }

  std::span<const Call> rows_;
  std::vector<double> prior_;
  std::vector<double> doubt_;
  std::vector<double> offset_;
  double slope_ = 1;
  double common_ = 0;
};

}  // namespace

ThresholdPath ThresholdPath::plain(const LossMatrix& losses) {
  ThresholdPath out;
  for (std::size_t c = 0; c < losses.size(); ++c) {
    const double worst = static_cast<double>(losses.worst(c));
    out.free_.push_back(worst == 0);
    out.offset_.push_back(worst == 0 ? 0 : std::log(worst));
  }
  out.span_steps();
  return out;
}

ThresholdPath ThresholdPath::fit(const LossMatrix& losses, std::span<const Call> shape) {
  ThresholdPath out = plain(losses);
  double lost = 0;
  std::vector<Call> rows;
  for (const Call& call : shape) {
    if (out.free_[call.category]) continue;
    rows.push_back(call);
    lost += static_cast<double>(call.loss);
  }
  if (lost < kLeastLoss || lost > static_cast<double>(rows.size()) - kLeastLoss) return out;
  // Sums over rows depend on their order in the last bits; the path must not.
  std::ranges::sort(rows, [](const Call& a, const Call& b) {
    if (a.category != b.category) return a.category < b.category;
    return a.probability != b.probability ? a.probability < b.probability : a.loss < b.loss;
  });
  CurveFit curve(rows, out.offset_);
  curve.run();
  if (!(curve.slope() > kLeastSlope)) return out;  // confidence says nothing about being right: also NaN
  out.slope_ = curve.slope();
  for (std::size_t c = 0; c < out.offset_.size(); ++c) out.offset_[c] = curve.offset(c);
  out.fitted_ = true;
  out.span_steps();
  return out;
}

void ThresholdPath::span_steps() {
  double low = 0;
  double high = 0;
  for (std::size_t c = 0; c < offset_.size(); ++c) {
    low = c == 0 ? offset_[c] : std::min(low, offset_[c]);
    high = c == 0 ? offset_[c] : std::max(high, offset_[c]);
  }
  first_ = low - slope_ * kFarthest;
  width_ = (high + slope_ * kFarthest - first_) / (kSteps - 1);
}

float ThresholdPath::threshold(std::uint32_t category, std::uint32_t step) const {
  if (free_[category]) return 0;
  const double rate = first_ + width_ * step;
  return static_cast<float>(logistic((offset_[category] - rate) / slope_));
}

std::vector<float> ThresholdPath::thresholds(std::uint32_t step) const {
  std::vector<float> out;
  for (std::uint32_t c = 0; c < offset_.size(); ++c) out.push_back(threshold(c, step));
  return out;
}

std::uint32_t ThresholdPath::entry(const Call& call) const {
  if (!(call.probability > 0)) return kSteps;
  std::uint32_t low = 0;
  std::uint32_t high = kSteps;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (call.probability >= threshold(call.category, middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace pointsman::learn
