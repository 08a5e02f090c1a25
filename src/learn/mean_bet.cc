#include "learn/mean_bet.h"

#include <algorithm>
#include <cmath>

namespace pointsman::learn {
namespace {

constexpr double kMostAtStake = 0.9;  // share of the capital that one value may take
// The second moment of values not seen yet is taken to be this, with the weight of that many values.
constexpr double kPriorMoment = 0.05;
constexpr double kPriorValues = 10;

}  // namespace

bool proves_negative_mean(std::span<const double> values, double most, double delta) {
  const double target = -std::log(delta);
  const double limit = kMostAtStake / std::max(most, 1e-3);
  double capital = 0;  // its logarithm
  double squares = kPriorMoment * kPriorValues;
  double seen = kPriorValues;
  double left = static_cast<double>(values.size());
  for (const double value : values) {
    const double moment = squares / seen;
    const double stake = std::min(std::sqrt(2 * (target - capital) / (left * moment)), limit);
    capital += std::log1p(-stake * value);
    if (capital >= target) return true;
    squares += value * value;
    seen += 1;
    left -= 1;
  }
  return false;
}

}  // namespace pointsman::learn
