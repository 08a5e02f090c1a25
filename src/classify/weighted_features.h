// A text's features with the values the linear model gives them: 1 + ln(count), times idf, each block scaled to its
// weight as length.
//
// For explanations; LinearModel computes the same without keeping it. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classify/artefact.h"
#include "text/features.h"

namespace pointsman::classify {

struct WeightedFeature {
  std::uint32_t hash = 0;
  std::uint32_t number = ArtefactView::kUnknown;  // in the artefact
  float value = 0;
};

// One for each feature, in its order; replaces the content of `out`.
void weigh_features(const ArtefactView& view, std::span<const text::Feature> features,
                    std::vector<WeightedFeature>& out);

}  // namespace pointsman::classify
