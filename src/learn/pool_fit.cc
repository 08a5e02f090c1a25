#include "learn/pool_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "learn/calibration.h"
#include "learn/view_mix.h"

namespace pointsman::learn {
namespace {

using base::Result;
using classify::OpinionSource;
using classify::PoolWeights;

constexpr float kLeastProbability = 1e-6F;  // as the pool takes the classifier's
constexpr float kNotOffered = -200;         // a logarithm that no exponent makes count
constexpr double kLeastFloor = 1e-8;
constexpr double kMostFloor = 0.2;
constexpr std::size_t kFloors = 8;       // tried before the search: the loss may have several valleys
constexpr double kFloorPrecision = 0.3;  // of its logarithm: the loss hardly changes within that
constexpr int kBins = 15;
constexpr double kGolden = 0.6180339887498949;

float mass(std::span<const float> probabilities) {
  return std::accumulate(probabilities.begin(), probabilities.end(), 0.0F);
}

// Logarithms of what both said, one row after another, "none of them" last; rows whose truth the pool leaves to the
// classifier alone are left out.
class Logarithms {
 public:
  explicit Logarithms(std::span<const OpinionRow> rows) : columns_(rows[0].opinion->probabilities.size() + 1) {
    for (const OpinionRow& row : rows) {
      const std::size_t count = columns_ - 1;
      if (!row.opinion->none_offered && row.truth == count) continue;
      add(local_, row.local, row.opinion->none_offered);
      add(model_, row.opinion->probabilities, row.opinion->none_offered);
      labels_.push_back(static_cast<std::uint32_t>(row.truth));
      weights_.push_back(row.weight);
    }
  }

  ScoredRows local() const { return {local_, labels_, weights_, columns_}; }
  // Into `scores`, which must outlive what is returned.
  ScoredRows model(double floor, std::vector<float>& scores) const {
    const auto least = static_cast<float>(std::log(floor));
    scores.resize(model_.size());
    for (std::size_t i = 0; i < model_.size(); ++i) {
      scores[i] = model_[i] == kNotOffered ? kNotOffered : std::max(model_[i], least);
    }
    return {scores, labels_, weights_, columns_};
  }

 private:
  void add(std::vector<float>& out, std::span<const float> probabilities, bool none_offered) const {
    for (std::size_t c = 0; c + 1 < columns_; ++c) {
      out.push_back(probabilities.empty() ? 0 : std::log(std::max(probabilities[c], kLeastProbability)));
    }
    const float none = std::clamp(1 - mass(probabilities), kLeastProbability, 1.0F);
    out.push_back(!none_offered ? kNotOffered : probabilities.empty() ? 0 : std::log(none));
  }

  std::size_t columns_;
  std::vector<float> local_;
  std::vector<float> model_;
  std::vector<std::uint32_t> labels_;
  std::vector<float> weights_;
};

class Fitting {
 public:
  explicit Fitting(std::span<const OpinionRow> rows) : logs_(rows) {}

  PoolWeights run() {
    const double width = std::log(kMostFloor / kLeastFloor) / (kFloors - 1);
    std::array<double, kFloors> losses{};
    for (std::size_t i = 0; i < kFloors; ++i) losses[i] = loss(std::log(kLeastFloor) + width * static_cast<double>(i));
    const auto best = static_cast<double>(std::ranges::min_element(losses) - losses.begin());
    const double middle = std::log(kLeastFloor) + width * best;
    return weights_at(std::exp(search(middle - width, std::min(middle + width, std::log(kMostFloor)))));
  }

 private:
  ViewMix mix_at(double floor) {
    const std::array<ScoredRows, 2> views{logs_.local(), logs_.model(floor, scores_)};
    return fit_views(views);
  }
  double loss(double log_floor) { return mix_at(std::exp(log_floor)).nll; }

  // Golden section.
  double search(double low, double high) {
    double left = high - kGolden * (high - low);
    double right = low + kGolden * (high - low);
    double at_left = loss(left);
    double at_right = loss(right);
    while (high - low > kFloorPrecision) {
      if (at_left < at_right) {
        high = right;
        right = left;
        at_right = at_left;
        left = high - kGolden * (high - low);
        at_left = loss(left);
      } else {
        low = left;
        left = right;
        at_left = at_right;
        right = low + kGolden * (high - low);
        at_right = loss(right);
      }
    }
    return (low + high) / 2;
  }

  PoolWeights weights_at(double floor) {
    const ViewMix mix = mix_at(floor);
    const std::array<ScoredRows, 2> views{logs_.local(), logs_.model(floor, scores_)};
    const std::vector<float> pooled = mixed(views, mix);
    const Calibration top = fit_top_label({pooled, views[0].labels, views[0].weights, views[0].categories});
    const auto inverse = static_cast<float>(1 / top.temperature);
    return {mix.factors[0] * inverse, mix.factors[1] * inverse, static_cast<float>(floor),
            static_cast<float>(top.stray)};
  }

  Logarithms logs_;
  std::vector<float> scores_;
};

// Adds up how good probabilities are.
class Judge {
 public:
  void add(std::span<const float> probabilities, const OpinionRow& row) {
    const auto weight = static_cast<double>(row.weight);
    const auto top = std::ranges::max_element(probabilities);
    const bool right = static_cast<std::size_t>(top - probabilities.begin()) == row.truth;
    const float of_truth = row.truth < probabilities.size() ? probabilities[row.truth] : 1 - mass(probabilities);
    nll_ -= weight * std::log(std::max(static_cast<double>(of_truth), 1e-7));
    right_ += right ? weight : 0;
    total_ += weight;
    const auto confidence = static_cast<double>(*top);
    off_[static_cast<std::size_t>(std::clamp(static_cast<int>(confidence * kBins), 0, kBins - 1))] +=
        weight * (confidence - (right ? 1 : 0));
  }
  PoolQuality quality() const {
    if (!(total_ > 0)) return {};
    double ece = 0;
    for (const double one : off_) ece += std::fabs(one);
    return {nll_ / total_, right_ / total_, ece / total_};
  }

 private:
  double nll_ = 0;
  double right_ = 0;
  double total_ = 0;
  std::array<double, kBins> off_{};
};

void judge(std::span<const OpinionRow> rows, const PoolWeights& weights, Judge& into) {
  std::vector<float> pooled;
  for (const OpinionRow& row : rows) {
    pooled.resize(row.opinion->probabilities.size());
    classify::pool(row.local, *row.opinion, weights, pooled);
    into.add(pooled, row);
  }
}

Result<std::vector<OpinionRow>> usable_rows(std::span<const OpinionRow> rows, OpinionSource source) {
  std::vector<OpinionRow> out;
  for (const OpinionRow& row : rows) {
    if (row.opinion->usable() && row.opinion->source == source) out.push_back(row);
  }
  if (out.size() < kFewestOpinionRows) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      fmt::format("weighing opinions: {} labelled requests with an opinion from {}, at least {} are "
                                  "needed",
                                  out.size(), to_string(source), kFewestOpinionRows));
  }
  const std::size_t count = out[0].opinion->probabilities.size();
  for (const OpinionRow& row : out) {
    const bool fits = row.opinion->probabilities.size() == count && row.truth <= count;
    if (!fits || (!row.local.empty() && row.local.size() != count)) {
      return base::fail(base::ErrorCode::kInvalidArgument,
                        "weighing opinions: the rows disagree about the number of categories");
    }
  }
  return out;
}

}  // namespace

PoolQuality judge_pool(std::span<const OpinionRow> rows, const PoolWeights& weights) {
  Judge into;
  judge(rows, weights, into);
  return into.quality();
}

Result<PoolFit> fit_pool(std::span<const OpinionRow> given, OpinionSource source, const PoolFitOptions& options) {
  PM_TRY(std::vector<OpinionRow> rows, usable_rows(given, source));
  PoolFit out{.weights = Fitting(rows).run(), .rows = rows.size()};
  Judge local;
  Judge model;
  for (const OpinionRow& row : rows) {
    if (!row.local.empty()) local.add(row.local, row);
    model.add(row.opinion->probabilities, row);
  }
  out.local = local.quality();
  out.model = model.quality();

  base::Rng rng(options.seed);
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
  const auto folds = static_cast<std::size_t>(std::max(options.folds, 2));
  Judge pooled;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<OpinionRow> teach;
    std::vector<OpinionRow> held;
    for (std::size_t i = 0; i < rows.size(); ++i) (i % folds == fold ? held : teach).push_back(rows[i]);
    judge(held, Fitting(teach).run(), pooled);
  }
  out.pooled = pooled.quality();
  return out;
}

Result<classify::Combination> fit_combination(std::span<const OpinionRow> rows, const PoolFitOptions& options) {
  classify::Combination out;
  bool any = false;
  for (std::size_t i = 0; i < classify::kOpinionSources; ++i) {
    const auto source = static_cast<OpinionSource>(i);
    if (const auto fit = fit_pool(rows, source, options)) {
      out.set(source, fit->weights);
      any = true;
    }
  }
  if (!any) {
    return base::fail(
        base::ErrorCode::kInvalidArgument,
        fmt::format("weighing opinions: no kind of opinion has {} labelled requests", kFewestOpinionRows));
  }
  return out;
}

}  // namespace pointsman::learn
