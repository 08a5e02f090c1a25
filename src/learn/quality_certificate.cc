#include "learn/quality_certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "base/rng.h"
#include "learn/mean_bet.h"

namespace pointsman::learn {
namespace {

using Rows = std::span<const Outcome* const>;

constexpr int kResamples = 500;
// (1.645 + 0.842)^2: standard deviations squared at which a one-sided test of level 5 % succeeds four times in five.
constexpr double kFourInFive = 6.2;
constexpr int kBoundSteps = 12;

class Certifier {
 public:
  Certifier(Rows rows, std::span<const double> scores, const QualityPromise& promise, std::uint64_t seed)
      : promise_(promise), seed_(seed) {
    // First an order that follows from content alone, then one that has nothing to do with it.
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const auto key = [&](const std::size_t& i) {
        return std::tie(scores[i], rows[i]->text, rows[i]->weak_quality, rows[i]->strong_quality, i);
      };
      return key(a) < key(b);
    });
    base::Rng rng(seed);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    for (const std::size_t at : order) {
      rows_.push_back(rows[at]);
      scores_.push_back(scores[at]);
    }
    values_.resize(rows.size());
  }

  CertifiedRouting run(std::span<const double> ladder) {
    CertifiedRouting out{.promise = promise_, .rows = rows_.size()};
    out.threshold = -std::numeric_limits<double>::infinity();
    for (const double threshold : ladder) {
      if (kept(threshold) == 0) continue;  // nothing to prove yet
      if (!proven(threshold, promise_.quality)) break;
      out.threshold = threshold;
    }
    out.kept = kept(out.threshold);
    out.certified = out.kept > 0;
    out.keeps_all = out.certified && out.threshold == std::numeric_limits<double>::infinity();
    if (out.certified) describe(out);
    look_ahead(ladder, out);
    return out;
  }

 private:
  double routed(std::size_t i, double threshold) const {
    return scores_[i] < threshold ? rows_[i]->weak_quality : rows_[i]->strong_quality;
  }

  void fill(double threshold, double quality) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      values_[i] = quality * rows_[i]->strong_quality - routed(i, threshold);
    }
  }

  bool proven(double threshold, double quality) {
    fill(threshold, quality);
    return proves_negative_mean(values_, quality, 1 - promise_.confidence);
  }

  std::size_t kept(double threshold) const {
    return static_cast<std::size_t>(
        std::count_if(scores_.begin(), scores_.end(), [&](double score) { return score < threshold; }));
  }

  void describe(CertifiedRouting& out) {
    double strong = 0;
    double policy = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      strong += rows_[i]->strong_quality;
      policy += routed(i, out.threshold);
    }
    out.quality = strong > 0 ? policy / strong : 1;
    double low = promise_.quality;
    double high = std::max(out.quality, low);
    for (int i = 0; i < kBoundSteps; ++i) {
      const double middle = (low + high) / 2;
      (proven(out.threshold, middle) ? low : high) = middle;
    }
    out.quality_bound = low;
    out.saved = saved(out.threshold);
  }

  Estimate saved(double threshold) const {
    base::Rng rng(seed_);
    const std::size_t n = rows_.size();
    const auto share = [&](const auto& pick) {
      double strong = 0;
      double policy = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t i = pick(k);
        strong += rows_[i]->strong_cost;
        policy += scores_[i] < threshold ? rows_[i]->weak_cost : rows_[i]->strong_cost;
      }
      return strong > 0 ? 1 - policy / strong : 0;
    };
    std::vector<double> drawn;
    for (int r = 0; r < kResamples; ++r) drawn.push_back(share([&](std::size_t) { return rng.below(n); }));
    std::sort(drawn.begin(), drawn.end());
    const auto at = [&](double quantile) { return drawn[static_cast<std::size_t>(quantile * (kResamples - 1))]; };
    return {share([](std::size_t k) { return k; }), at(0.025), at(0.975)};
  }

  void look_ahead(std::span<const double> ladder, CertifiedRouting& out) {
    struct Step {
      double kept;
      double rows;  // that would show it
    };
    std::vector<Step> steps;
    const auto n = static_cast<double>(rows_.size());
    for (const double threshold : ladder) {
      fill(threshold, promise_.quality);
      double sum = 0;
      double squares = 0;
      for (const double value : values_) {
        sum += value;
        squares += value * value;
      }
      const double mean = sum / n;
      if (!(mean < 0)) continue;
      steps.push_back({static_cast<double>(kept(threshold)) / n, kFourInFive * (squares / n) / (mean * mean)});
    }
    for (const Step& step : steps) out.reachable = std::max(out.reachable, step.kept);
    if (out.reachable <= 0) return;
    double least = std::numeric_limits<double>::infinity();
    for (const Step& step : steps) {
      if (step.kept >= out.reachable / 2) least = std::min(least, step.rows);
    }
    if (least < 1e9) out.for_half = static_cast<std::size_t>(std::ceil(least));
  }

  QualityPromise promise_;
  std::uint64_t seed_;
  std::vector<const Outcome*> rows_;
  std::vector<double> scores_;
  std::vector<double> values_;
};

}  // namespace

std::vector<double> threshold_ladder(std::span<const double> scores, std::size_t steps) {
  std::vector<double> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> ladder;
  for (std::size_t step = 1; step < steps && !sorted.empty(); ++step) {
    const double threshold = sorted[step * sorted.size() / steps];
    if (ladder.empty() || threshold > ladder.back()) ladder.push_back(threshold);
  }
  ladder.push_back(std::numeric_limits<double>::infinity());
  return ladder;
}

CertifiedRouting certify_quality(std::span<const double> ladder, Rows rows, std::span<const double> scores,
                                 const QualityPromise& promise, std::uint64_t seed) {
  return Certifier(rows, scores, promise, seed).run(ladder);
}

}  // namespace pointsman::learn
