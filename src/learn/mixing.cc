#include "learn/mixing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace pointsman::learn {
namespace {

constexpr int kRounds = 30;
constexpr double kRidge = 1e-6;

struct Sums {
  double nll = 0;
  double weight = 0;
  std::array<double, 2> gradient{};
  std::array<double, 3> hessian{};  // linear-linear, linear-net, net-net
};

// Adds one row's loss and derivatives at logits = factors[0] x a + factors[1] x b.
void add_row(std::span<const float> a, std::span<const float> b, std::uint32_t label, double weight,
             const std::array<double, 2>& factors, Sums& sums) {
  double largest = -1e300;
  const auto logit = [&](std::size_t c) {
    return factors[0] * static_cast<double>(a[c]) + factors[1] * static_cast<double>(b[c]);
  };
  for (std::size_t c = 0; c < a.size(); ++c) largest = std::max(largest, logit(c));
  double total = 0;
  std::array<double, 2> mean{};
  std::array<double, 3> square{};
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double p = std::exp(logit(c) - largest);
    const auto x = static_cast<double>(a[c]);
    const auto y = static_cast<double>(b[c]);
    total += p;
    mean[0] += p * x;
    mean[1] += p * y;
    square[0] += p * x * x;
    square[1] += p * x * y;
    square[2] += p * y * y;
  }
  for (double& one : mean) one /= total;
  sums.nll += weight * (std::log(total) + largest - logit(label));
  sums.weight += weight;
  sums.gradient[0] += weight * (mean[0] - static_cast<double>(a[label]));
  sums.gradient[1] += weight * (mean[1] - static_cast<double>(b[label]));
  sums.hessian[0] += weight * (square[0] / total - mean[0] * mean[0]);
  sums.hessian[1] += weight * (square[1] / total - mean[0] * mean[1]);
  sums.hessian[2] += weight * (square[2] / total - mean[1] * mean[1]);
}

Sums sum_rows(const ScoredRows& linear, std::span<const float> net, const std::array<double, 2>& factors) {
  Sums sums;
  const std::size_t n = linear.categories;
  for (std::size_t i = 0; i < linear.labels.size(); ++i) {
    add_row(linear.scores.subspan(i * n, n), net.subspan(i * n, n), linear.labels[i],
            static_cast<double>(linear.weights[i]), factors, sums);
  }
  return sums;
}

double row_nll(std::span<const float> a, std::span<const float> b, std::uint32_t label, double linear, double net) {
  Sums sums;
  add_row(a, b, label, 1, {linear, net}, sums);
  return sums.nll;
}

double largest_probability(std::span<const float> scores, double inverse) {
  const auto largest = static_cast<double>(*std::ranges::max_element(scores));
  double total = 0;
  for (const float score : scores) total += std::exp((static_cast<double>(score) - largest) * inverse);
  return 1 / total;
}

}  // namespace

MixFit fit_mix(const ScoredRows& linear, std::span<const float> net) {
  std::array<double, 2> at{1, 1};
  Sums sums = sum_rows(linear, net, at);
  for (int round = 0; round < kRounds && sums.weight > 0; ++round) {
    const double a = sums.hessian[0] + kRidge * sums.weight;
    const double b = sums.hessian[1];
    const double c = sums.hessian[2] + kRidge * sums.weight;
    const double det = a * c - b * b;
    std::array<double, 2> step{(c * sums.gradient[0] - b * sums.gradient[1]) / det,
                               (a * sums.gradient[1] - b * sums.gradient[0]) / det};
    // Halved until it improves: far from the optimum the full step may overshoot.
    for (int halving = 0; halving < 20; ++halving) {
      const std::array<double, 2> next{std::max(at[0] - step[0], 0.0), std::max(at[1] - step[1], 0.0)};
      const Sums tried = sum_rows(linear, net, next);
      if (tried.nll <= sums.nll) {
        const double gain = sums.nll - tried.nll;
        at = next;
        sums = tried;
        if (gain < 1e-9 * sums.weight) round = kRounds;
        break;
      }
      for (double& one : step) one /= 2;
    }
  }
  MixFit out{static_cast<float>(at[0]), static_cast<float>(at[1])};
  if (sums.weight > 0) out.nll = sums.nll / sums.weight;
  return out;
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
