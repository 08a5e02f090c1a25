#include "learn/verdict_gate.h"

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "learn/mean_bet.h"

namespace pointsman::learn {
namespace {

constexpr double kBelief = 20;  // rows
constexpr float kSurest = 0.9F;
constexpr int kFirst = 95;  // thresholds in per cent, tried downwards
constexpr int kLast = 20;
constexpr int kStep = 5;

// How often the rows with a probability in [low, high) are wrong.
double wrong_rate(std::span<const Agreement> rows, float low, float high) {
  double weight = 0;
  double squares = 0;
  double wrong = 0;
  double doubt = 0;
  for (const Agreement& row : rows) {
    if (row.probability < low || row.probability >= high) continue;
    weight += row.weight;
    squares += row.weight * row.weight;
    wrong += row.wrong ? row.weight : 0;
    doubt += row.weight * (1 - static_cast<double>(row.probability));
  }
  if (!(weight > 0)) return 1 - static_cast<double>(low + std::min(high, 1.0F)) / 2;
  const double worth = weight * weight / squares;  // rows of equal weight that tell as much (Kish 1965)
  return (worth * wrong / weight + kBelief * doubt / weight) / (worth + kBelief);
}

}  // namespace

bool proves_not_worse(std::span<const JudgedTwice> rows, double worse, double risk, std::uint64_t seed) {
  std::vector<double> values;
  for (const JudgedTwice& row : rows) {
    values.push_back((row.wrong_after ? 1 : 0) - (row.wrong_before ? 1 : 0) - worse);
  }
  base::Rng rng(seed);
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
  return proves_negative_mean(values, 1 - worse, risk);
}

float ask_below(std::span<const Agreement> rows, double price) {
  const double best = wrong_rate(rows, kSurest, 2);
  int at = kFirst;
  for (; at > kLast; at -= kStep) {
    const float high = static_cast<float>(at) / 100;
    if (wrong_rate(rows, high - 2 * kStep / 100.0F, high) > best + price) break;
  }
  return static_cast<float>(at) / 100;
}

}  // namespace pointsman::learn
