// A block of parameters with their gradient and Adam's moments (Kingma & Ba 2015, algorithm 1).
// Owned by one fit, used by one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"

namespace pointsman::learn {

struct Adam {
  std::vector<float> value;
  std::vector<float> gradient;
  std::vector<float> mean;
  std::vector<float> square;

  // Normally distributed around 0 (Box and Muller 1958), or all 0 for deviation 0.
  void start(std::size_t size, float deviation, base::Rng& rng);
  // `step` counts from 1. Clears the gradient.
  void update(float rate, long step);
};

}  // namespace pointsman::learn
