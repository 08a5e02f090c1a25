#include "learn/second_opinion_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "learn/calibration.h"
#include "learn/view_mix.h"

namespace pointsman::learn {
namespace {

constexpr double kWorthwhile = 0.01;  // share of the loss that an encoder must save to be kept
constexpr double kSlack = 0.01;       // share of the loss that asking it less often may cost
constexpr float kFirstL2 = 0.12F;
constexpr std::array<float, 8> kBars{0.6F, 0.7F, 0.8F, 0.85F, 0.9F, 0.95F, 0.97F, 0.99F};

// -ln p[label] of each picked row, and the largest probability.
struct Judged {
  double nll = 0;
  float sure = 0;
};

Judged judge(std::span<const float> probabilities, std::uint32_t label) {
  const auto p = static_cast<double>(std::max(probabilities[label], 1e-12F));
  return {-std::log(p), *std::ranges::max_element(probabilities)};
}

// The lowest bar from which on asking more often no longer gains.
float choose_bar(std::span<const Judged> without, std::span<const Judged> with, std::span<const float> weights,
                 double slack) {
  double always = 0;
  for (std::size_t i = 0; i < with.size(); ++i) always += static_cast<double>(weights[i]) * with[i].nll;
  for (const float bar : kBars) {
    double sum = 0;
    for (std::size_t i = 0; i < with.size(); ++i) {
      sum += static_cast<double>(weights[i]) * (without[i].sure < bar ? with[i].nll : without[i].nll);
    }
    if (sum <= always * (1 + slack)) return bar;
  }
  return 1;
}

CrossValidation head_scores(const Labelled& embeddings, const Folds& folds, std::size_t predictable,
                            const SecondOpinionPlan& plan, const std::function<void()>& tick) {
  CrossValidationOptions search{.l2 = plan.l2,
                                .search_folds = plan.search_folds,
                                .max_epochs = plan.max_epochs,
                                .threads = plan.threads,
                                .seed = plan.seed};
  search.first = static_cast<std::size_t>(std::ranges::find_if(search.l2, [](float l2) { return l2 <= kFirstL2; }) -
                                          search.l2.begin());
  return cross_validate(embeddings, folds, predictable, search, tick);
}

}  // namespace

SecondOpinionFit fit_second_opinion(const Labelled& embeddings, const Folds& folds, std::size_t predictable,
                                    const FirstViews& first, const SecondOpinionPlan& plan,
                                    const std::function<void()>& tick) {
  SecondOpinionFit out;
  CrossValidation found = head_scores(embeddings, folds, predictable, plan, tick);
  out.l2 = found.trials[found.best].l2;
  out.max_epochs = plan.max_epochs;
  out.scores = std::move(found.scores);
  const std::size_t n = embeddings.categories;
  const auto pick = [&](std::span<const float> scores) {
    return PickedRows(scores, embeddings.labels, embeddings.weights, n, first.rows);
  };
  const PickedRows linear = pick(first.linear);
  const PickedRows encoder = pick(out.scores);
  const PickedRows net = first.net.empty() ? linear : pick(first.net);
  const PickedRows before = pick(first.probabilities);
  std::vector<ScoredRows> views{linear.rows(), encoder.rows()};
  if (!first.net.empty()) views.push_back(net.rows());
  const ViewMix mix = fit_views(views);
  std::vector<float> logits = mixed(views, mix);
  const ScoredRows rows{logits, views[0].labels, views[0].weights, n};
  const Calibration calibration = fit_top_label(rows);
  std::vector<Judged> without;
  std::vector<Judged> with;
  double weight = 0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto row = std::span(logits).subspan(i * n, n);
    to_probabilities(row, calibration);
    with.push_back(judge(row, rows.labels[i]));
    without.push_back(judge(before.rows().scores.subspan(i * n, n), rows.labels[i]));
    const auto w = static_cast<double>(rows.weights[i]);
    out.nll_with += w * with.back().nll;
    out.nll_without += w * without.back().nll;
    weight += w;
  }
  if (!(weight > 0)) return out;
  out.nll_with /= weight;
  out.nll_without /= weight;
  if (!(out.nll_with < out.nll_without * (1 - kWorthwhile)) || !(mix.factors[1] > 0)) return out;
  const auto scale = static_cast<float>(1 / calibration.temperature);
  out.mix = {mix.factors[0] * scale, mix.factors[2] * scale, mix.factors[1] * scale,
             static_cast<float>(calibration.stray), choose_bar(without, with, rows.weights, kSlack)};
  const auto asked = std::ranges::count_if(without, [&](const Judged& one) { return one.sure < out.mix.ask_below; });
  out.ask_share = static_cast<double>(asked) / static_cast<double>(without.size());
  return out;
}

}  // namespace pointsman::learn
