// How the scores of several views become one set of logits: a factor for each that makes the mixture's probabilities
// honest, by maximum likelihood on rows that none has seen. Pure and deterministic.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "learn/calibration.h"

namespace pointsman::learn {

inline constexpr std::size_t kMaxViews = 3;

struct ViewMix {
  std::array<float, kMaxViews> factors{};  // of the views given, in their order; the others 0
  double nll = 0;                          // weighted mean of -ln p(label) of the mixture
};

// `views` are 1 to kMaxViews score matrices over the same rows, labels and weights. Minimises the mixture's nll, convex
// in the factors, by damped Newton steps; no factor is below 0.
ViewMix fit_views(std::span<const ScoredRows> views);

// The mixture's logits.
std::vector<float> mixed(std::span<const ScoredRows> views, const ViewMix& mix);

}  // namespace pointsman::learn
