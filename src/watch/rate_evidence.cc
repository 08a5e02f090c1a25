#include "watch/rate_evidence.h"

#include <array>
#include <cmath>

#include "watch/log_mean.h"

namespace pointsman::watch {
namespace {

// How many times the bound each bet expects (kBelow: what part of it).
constexpr std::array<double, 7> kExpected{1.25, 1.5, 2, 3, 5, 10, 30};

double canary_probability(double share, double ratio) {
  return share * ratio / (share * ratio + 1 - share);
}

}  // namespace

double log_rate_evidence(const BadCounts& bad, double share, double bound, Side side) {
  const double fair = canary_probability(share, bound);
  std::array<double, kExpected.size()> bets{};
  for (std::size_t i = 0; i < bets.size(); ++i) {
    const double ratio = side == Side::kAbove ? bound * kExpected[i] : bound / kExpected[i];
    const double expected = canary_probability(share, ratio);
    bets[i] = static_cast<double>(bad.canary) * std::log(expected / fair) +
              static_cast<double>(bad.champion) * std::log((1 - expected) / (1 - fair));
  }
  return log_mean(bets);
}

}  // namespace pointsman::watch
