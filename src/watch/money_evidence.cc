#include "watch/money_evidence.h"

#include <algorithm>
#include <cmath>

#include "watch/log_mean.h"

namespace pointsman::watch {
namespace {

constexpr double kMostAtStake = 0.9;  // share of the capital that one conversation may take

}  // namespace

void MoneyEvidence::observe(bool canary, double cost, double guess) {
  const double share = claim_.share;
  const double factor = 1 + claim_.margin;
  const auto gain = [&](bool by_canary, double x) {
    const double z = by_canary ? (x - guess) / share : -factor * (x - guess) / (1 - share);
    const double above = z - claim_.margin * guess;
    return claim_.side == Side::kAbove ? above : -above;
  };
  // Gains are linear in the cost, so the worst is at one of its ends.
  const double worst =
      std::min(std::min(gain(true, 0), gain(true, claim_.most)), std::min(gain(false, 0), gain(false, claim_.most)));
  double stake = kMostAtStake / -worst;  // both sides of the claim can lose, so `worst` is negative
  const double gained = gain(canary, cost);
  for (double& one : capital_) {
    one += std::log1p(stake * gained);
    stake /= 2;
  }
}

double MoneyEvidence::log_value() const {
  return log_mean(capital_);
}

}  // namespace pointsman::watch
