#include "learn/view_mix.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

using Factors = std::array<double, kMaxViews>;
using Matrix = std::array<Factors, kMaxViews>;

constexpr int kRounds = 30;
constexpr double kRidge = 1e-6;
constexpr double kGain = 1e-9;  // of the mean loss, below which a step was the last

struct Sums {
  double nll = 0;
  double weight = 0;
  Factors gradient{};
  Matrix hessian{};
};

// Adds the loss of row `i` and its derivatives.
void add_row(std::span<const ScoredRows> views, std::size_t i, const Factors& factors, std::vector<double>& logits,
             Sums& sums) {
  const std::size_t n = views[0].categories;
  const std::size_t label = views[0].labels[i];
  const auto weight = static_cast<double>(views[0].weights[i]);
  std::ranges::fill(logits, 0);
  for (std::size_t v = 0; v < views.size(); ++v) {
    for (std::size_t c = 0; c < n; ++c) logits[c] += factors[v] * static_cast<double>(views[v].scores[i * n + c]);
  }
  const double largest = *std::ranges::max_element(logits);
  const double own = logits[label];
  double total = 0;
  Factors mean{};
  Matrix square{};
  for (std::size_t c = 0; c < n; ++c) {
    const double p = std::exp(logits[c] - largest);
    total += p;
    for (std::size_t v = 0; v < views.size(); ++v) {
      const auto x = static_cast<double>(views[v].scores[i * n + c]);
      mean[v] += p * x;
      for (std::size_t w = 0; w <= v; ++w) square[v][w] += p * x * static_cast<double>(views[w].scores[i * n + c]);
    }
  }
  sums.nll += weight * (std::log(total) + largest - own);
  sums.weight += weight;
  for (std::size_t v = 0; v < views.size(); ++v) {
    mean[v] /= total;
    sums.gradient[v] += weight * (mean[v] - static_cast<double>(views[v].scores[i * n + label]));
    for (std::size_t w = 0; w <= v; ++w) sums.hessian[v][w] += weight * (square[v][w] / total - mean[v] * mean[w]);
  }
}

Sums sum_rows(std::span<const ScoredRows> views, const Factors& factors) {
  Sums sums;
  std::vector<double> logits(views[0].categories);
  for (std::size_t i = 0; i < views[0].labels.size(); ++i) add_row(views, i, factors, logits, sums);
  return sums;
}

// Solves hessian x = gradient (lower half given, positive definite), by Gaussian elimination. A factor that stands at 0
// and would have to fall further stays there.
Factors newton_step(const Sums& sums, const Factors& at, std::size_t n) {
  Matrix a = sums.hessian;
  Factors b = sums.gradient;
  for (std::size_t i = 0; i < n; ++i) {
    a[i][i] += kRidge * sums.weight;
    for (std::size_t j = 0; j < i; ++j) a[j][i] = a[i][j];
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (at[i] > 0 || b[i] <= 0) continue;
    b[i] = 0;
    for (std::size_t j = 0; j < n; ++j) a[i][j] = a[j][i] = i == j ? 1 : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double factor = a[j][i] / a[i][i];
      for (std::size_t k = i; k < n; ++k) a[j][k] -= factor * a[i][k];
      b[j] -= factor * b[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

}  // namespace

ViewMix fit_views(std::span<const ScoredRows> views) {
  Factors at{};
  std::fill_n(at.begin(), views.size(), 1.0);
  Sums sums = sum_rows(views, at);
  for (int round = 0; round < kRounds && sums.weight > 0; ++round) {
    Factors step = newton_step(sums, at, views.size());
    bool better = false;
    // Halved until it improves: far from the optimum the full step may overshoot.
    for (int halving = 0; halving < 20 && !better; ++halving) {
      Factors next = at;
      for (std::size_t v = 0; v < views.size(); ++v) next[v] = std::max(at[v] - step[v], 0.0);
      const Sums tried = sum_rows(views, next);
      if (tried.nll < sums.nll) {
        better = sums.nll - tried.nll > kGain * sums.weight;
        at = next;
        sums = tried;
        if (!better) break;
      }
      for (double& one : step) one /= 2;
    }
    if (!better) break;
  }
  ViewMix out;
  for (std::size_t v = 0; v < views.size(); ++v) out.factors[v] = static_cast<float>(at[v]);
  if (sums.weight > 0) out.nll = sums.nll / sums.weight;
  return out;
}

std::vector<float> mixed(std::span<const ScoredRows> views, const ViewMix& mix) {
  std::vector<float> out(views[0].scores.size(), 0);
  for (std::size_t v = 0; v < views.size(); ++v) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += mix.factors[v] * views[v].scores[i];
  }
  return out;
}

}  // namespace pointsman::learn
