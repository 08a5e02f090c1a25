#include "learning/simulated_conversations.h"

#include <cmath>
#include <numbers>

namespace pointsman::bench {
namespace {

constexpr double kSpread = 1;

double normal(base::Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));  // Box and Muller 1958
  return radius * std::cos(2 * std::numbers::pi * rng.uniform());
}

}  // namespace

SimulatedConversations::Conversation SimulatedConversations::next() {
  Conversation out{.id = rng_.next()};
  out.arm = watch::arm_of(out.id, share_, trial_);
  const bool canary = out.arm == watch::Arm::kCanary;
  out.bad = rng_.uniform() < traffic_.bad_rate * (canary ? traffic_.times_worse : 1);
  out.cost = std::exp(kSpread * normal(rng_) - kSpread * kSpread / 2) * (canary ? traffic_.times_dearer : 1);
  return out;
}

}  // namespace pointsman::bench
