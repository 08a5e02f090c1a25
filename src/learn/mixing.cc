#include "learn/mixing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "learn/view_mix.h"

namespace pointsman::learn {
namespace {

double row_nll(std::span<const float> a, std::span<const float> b, std::uint32_t label, double linear, double net) {
  const auto logit = [&](std::size_t c) {
    return linear * static_cast<double>(a[c]) + net * static_cast<double>(b[c]);
  };
  double largest = logit(0);
  for (std::size_t c = 1; c < a.size(); ++c) largest = std::max(largest, logit(c));
  double total = 0;
  for (std::size_t c = 0; c < a.size(); ++c) total += std::exp(logit(c) - largest);
  return std::log(total) + largest - logit(label);
}

double largest_probability(std::span<const float> scores, double inverse) {
  const auto largest = static_cast<double>(*std::ranges::max_element(scores));
  double total = 0;
  for (const float score : scores) total += std::exp((static_cast<double>(score) - largest) * inverse);
  return 1 / total;
}

}  // namespace

MixFit fit_mix(const ScoredRows& linear, std::span<const float> net) {
  const ViewMix both = fit_views(std::array{linear, ScoredRows{net, linear.labels, linear.weights, linear.categories}});
  return {both.factors[0], both.factors[1], both.nll};
}

std::vector<float> mixed(const ScoredRows& linear, std::span<const float> net, const MixFit& mix) {
  std::vector<float> out(linear.scores.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = mix.linear * linear.scores[i] + mix.net * net[i];
  return out;
}

float choose_ask_below(const ScoredRows& linear, std::span<const float> net, double temperature, const MixFit& mix,
                       double slack) {
  static constexpr std::array<float, 8> kBars{0.6F, 0.7F, 0.8F, 0.85F, 0.9F, 0.95F, 0.97F, 0.99F};
  const std::size_t n = linear.categories;
  const double inverse = 1 / temperature;
  std::array<double, kBars.size()> nll{};
  double weight = 0;
  for (std::size_t i = 0; i < linear.labels.size(); ++i) {
    const auto a = linear.scores.subspan(i * n, n);
    const auto b = net.subspan(i * n, n);
    const auto w = static_cast<double>(linear.weights[i]);
    const double sure = largest_probability(a, inverse);
    const std::uint32_t label = linear.labels[i];
    const double alone = row_nll(a, b, label, inverse, 0);
    const double both = row_nll(a, b, label, static_cast<double>(mix.linear), static_cast<double>(mix.net));
    for (std::size_t bar = 0; bar < kBars.size(); ++bar) {
      nll[bar] += w * (sure < static_cast<double>(kBars[bar]) ? both : alone);
    }
    weight += w;
  }
  for (std::size_t bar = 0; bar < kBars.size(); ++bar) {
    if (nll[bar] / weight <= mix.nll + slack) return kBars[bar];
  }
  return 1;
}

}  // namespace pointsman::learn
