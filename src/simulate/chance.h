// Random numbers a simulation draws.
// Pure; a draw belongs to its generator's thread.
#pragma once

#include <cmath>
#include <numbers>

#include "base/rng.h"

namespace pointsman::simulate {

// A standard normal number (Box & Muller 1958).
inline double normal(base::Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
  return radius * std::cos(2 * std::numbers::pi * rng.uniform());
}

// A log-normal number.
inline double log_normal(base::Rng& rng, double median, double sigma) {
  return median * std::exp(sigma * normal(rng));
}

// A standard Gumbel number: the largest of logits with such noise added falls as their softmax says.
inline double gumbel(base::Rng& rng) {
  return -std::log(-std::log(rng.uniform() * (1 - 1e-12) + 5e-13));
}

}  // namespace pointsman::simulate
