#include "learn/outcome_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

using Rows = std::span<const Outcome* const>;

// How often each row counts: once, or as often as a resample drew it.
using Counts = std::vector<std::uint32_t>;

struct Sums {
  double rows = 0;
  double weak_quality = 0;
  double strong_quality = 0;
  double weak_cost = 0;
  double strong_cost = 0;
};

Sums add_up(Rows rows, const Counts& counts) {
  Sums sums;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double count = counts[i];
    sums.rows += count;
    sums.weak_quality += count * rows[i]->weak_quality;
    sums.strong_quality += count * rows[i]->strong_quality;
    sums.weak_cost += count * rows[i]->weak_cost;
    sums.strong_cost += count * rows[i]->strong_cost;
  }
  return sums;
}

// The rows in the order in which one router sends them up.
class Ranking {
 public:
  Ranking(Rows rows, std::span<const double> scores) : rows_(rows), order_(rows.size()), last_(rows.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::sort(order_.begin(), order_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    for (std::size_t i = 0; i < order_.size(); ++i) {
      last_[i] = i + 1 == order_.size() || scores[order_[i]] != scores[order_[i + 1]];
    }
  }

  void trace(const Counts& counts, CostQualityCurve& out) const {
    out.points.clear();
    const Sums sums = add_up(rows_, counts);
    if (sums.rows <= 0) return;
    out.weak_quality = sums.weak_quality / sums.rows;
    out.strong_quality = sums.strong_quality / sums.rows;
    out.weak_cost = sums.weak_cost / sums.rows;
    out.strong_cost = sums.strong_cost / sums.rows;
    const double gap = sums.strong_quality - sums.weak_quality;
    double sent = 0;
    double gained = 0;
    double paid = 0;
    const auto point = [&] {
      out.points.push_back({.share = sent / sums.rows,
                            .quality = out.weak_quality + gained / sums.rows,
                            .cost = out.weak_cost + paid / sums.rows,
                            .recovered = gap > 0 ? gained / gap : 0});
    };
    point();
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const Outcome& row = *rows_[order_[i]];
      const double count = counts[order_[i]];
      sent += count;
      gained += count * row.gain();
      paid += count * (row.strong_cost - row.weak_cost);
      if (last_[i]) point();
    }
  }

 private:
  Rows rows_;
  std::vector<std::uint32_t> order_;
  std::vector<bool> last_;  // of its score
};

Counts resample(std::size_t rows, base::Rng& rng) {
  Counts counts(rows, 0);
  for (std::size_t i = 0; i < rows; ++i) ++counts[rng.below(rows)];
  return counts;
}

double between(double a, double b, double part) {
  return a + (b - a) * part;
}

// The values that a figure took in resamples.
class Sampled {
 public:
  void add(std::optional<double> value) { value ? values_.push_back(*value) : void(++missing_); }

  // Nothing when one resample in twenty has no value.
  std::optional<Estimate> around(std::optional<double> value) {
    if (!value || values_.empty() || missing_ * 20 > values_.size()) return std::nullopt;
    std::sort(values_.begin(), values_.end());
    return Estimate{*value, at(0.025), at(0.975)};
  }

 private:
  double at(double quantile) const {
    const double place = quantile * static_cast<double>(values_.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values_.size() - 1);
    return between(values_[below], values_[above], place - static_cast<double>(below));
  }

  std::vector<double> values_;
  std::size_t missing_ = 0;
};

struct SampledFigures {
  Sampled apgr;
  Sampled cpt50;
  Sampled cpt80;
  Sampled over_first;
  Sampled most_saved;
};

std::optional<double> difference(std::optional<double> a, std::optional<double> b) {
  if (a && b) return *a - *b;
  return std::nullopt;
}

}  // namespace

CostQualityCurve CostQualityCurve::of(Rows rows, std::span<const double> scores) {
  CostQualityCurve out;
  Ranking(rows, scores).trace(Counts(rows.size(), 1), out);
  return out;
}

CurvePoint CostQualityCurve::at(double share) const {
  if (points.empty()) return {};
  const auto above = std::lower_bound(points.begin(), points.end(), share,
                                      [](const CurvePoint& point, double value) { return point.share < value; });
  if (above == points.begin()) return points.front();
  if (above == points.end()) return points.back();
  const CurvePoint& a = *(above - 1);
  const CurvePoint& b = *above;
  const double part = (share - a.share) / (b.share - a.share);
  return {share, between(a.quality, b.quality, part), between(a.cost, b.cost, part),
          between(a.recovered, b.recovered, part)};
}

std::optional<double> CostQualityCurve::apgr() const {
  if (points.empty() || strong_quality <= weak_quality) return std::nullopt;
  double area = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    area += (points[i].share - points[i - 1].share) * (points[i].recovered + points[i - 1].recovered) / 2;
  }
  return area;
}

std::optional<double> CostQualityCurve::call_share(double recovered) const {
  if (points.empty() || strong_quality <= weak_quality) return std::nullopt;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i].recovered < recovered) continue;
    const double rise = points[i].recovered - points[i - 1].recovered;
    const double part = rise > 0 ? std::max((recovered - points[i - 1].recovered) / rise, 0.0) : 0;
    return between(points[i - 1].share, points[i].share, part);
  }
  return 1;
}

double CostQualityCurve::most_saved(double quality) const {
  if (points.empty() || strong_cost <= 0) return 0;
  const double target = quality * strong_quality;
  double least = strong_cost;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].quality < target) continue;
    least = std::min(least, points[i].cost);
    if (i == 0 || points[i - 1].quality >= target) continue;
    const double part = (target - points[i - 1].quality) / (points[i].quality - points[i - 1].quality);
    least = std::min(least, between(points[i - 1].cost, points[i].cost, part));
  }
  return 1 - least / strong_cost;
}

std::vector<RouterFigures> measure_routers(Rows rows, std::span<const std::vector<double>> scores,
                                           const BootstrapOptions& options) {
  std::vector<Ranking> rankings;
  for (const std::vector<double>& one : scores) rankings.emplace_back(rows, one);
  std::vector<SampledFigures> sampled(scores.size());
  CostQualityCurve curve;
  base::Rng rng(options.seed);
  for (int r = 0; r < options.resamples; ++r) {
    const Counts counts = resample(rows.size(), rng);
    std::optional<double> first;
    for (std::size_t i = 0; i < rankings.size(); ++i) {
      rankings[i].trace(counts, curve);
      const std::optional<double> apgr = curve.apgr();
      if (i == 0) first = apgr;
      sampled[i].apgr.add(apgr);
      sampled[i].cpt50.add(curve.call_share(0.5));
      sampled[i].cpt80.add(curve.call_share(0.8));
      sampled[i].over_first.add(difference(apgr, first));
      sampled[i].most_saved.add(curve.most_saved(options.quality));
    }
  }
  std::vector<RouterFigures> out(scores.size());
  std::optional<double> first;
  for (std::size_t i = 0; i < rankings.size(); ++i) {
    rankings[i].trace(Counts(rows.size(), 1), curve);
    if (i == 0) first = curve.apgr();
    const double saved = curve.most_saved(options.quality);
    out[i] = {.apgr = sampled[i].apgr.around(curve.apgr()),
              .cpt50 = sampled[i].cpt50.around(curve.call_share(0.5)),
              .cpt80 = sampled[i].cpt80.around(curve.call_share(0.8)),
              .apgr_over_first = sampled[i].over_first.around(difference(curve.apgr(), first)),
              .most_saved = sampled[i].most_saved.around(saved).value_or(Estimate{saved, 0, 1})};
  }
  return out;
}

Estimate quality_gap(Rows rows, const BootstrapOptions& options) {
  Sampled gaps;
  base::Rng rng(options.seed);
  const auto gap = [&](const Counts& counts) {
    const Sums sums = add_up(rows, counts);
    return sums.rows > 0 ? (sums.strong_quality - sums.weak_quality) / sums.rows : 0;
  };
  for (int r = 0; r < options.resamples; ++r) gaps.add(gap(resample(rows.size(), rng)));
  const double value = gap(Counts(rows.size(), 1));
  return gaps.around(value).value_or(Estimate{value, -1, 1});
}

}  // namespace pointsman::learn
