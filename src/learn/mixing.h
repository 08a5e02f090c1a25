// How the linear model's scores and the network's become one set of logits: two factors that make the mixture's
// probabilities honest, by maximum likelihood on rows that neither has seen; and when asking the network is worth it.
// Pure and deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classify/artefact.h"
#include "learn/calibration.h"

namespace pointsman::learn {

struct MixFit {
  float linear = 0;
  float net = 0;
  double nll = 0;  // weighted mean of -ln p(label) of the mixture
};

// Both scored the same rows. Minimises the mixture's nll, which is convex in the factors, by Newton's method; neither
// factor is below 0.
MixFit fit_mix(const ScoredRows& linear, std::span<const float> net);

// The mixture's logits.
std::vector<float> mixed(const ScoredRows& linear, std::span<const float> net, const MixFit& mix);

// The lowest bar for the linear model's largest probability from which on asking the network no longer gains: the one
// of a few fixed bars at which the cascade's nll is within `slack` of asking always.
float choose_ask_below(const ScoredRows& linear, std::span<const float> net, double temperature, const MixFit& mix,
                       double slack);

}  // namespace pointsman::learn
