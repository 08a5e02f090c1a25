#include "classify/weighted_features.h"

#include <cmath>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {

void weigh_features(const ArtefactView& view, std::span<const text::Feature> features,
                    std::vector<WeightedFeature>& out) {
  out.clear();
  std::array<float, text::kBlocks> squares{};
  for (const text::Feature& feature : features) {
    const std::uint32_t number = view.find(feature.hash);
    const float idf = number == ArtefactView::kUnknown ? view.unknown_idf() : view.factors(number).idf;
    const float value = text::sublinear(feature.count) * idf;
    squares[static_cast<std::size_t>(feature.block)] += value * value;
    out.push_back({feature.hash, number, value});
  }
  std::array<float, text::kBlocks> factors{};
  for (std::size_t b = 0; b < text::kBlocks; ++b) {
    if (squares[b] > 0) factors[b] = view.block_weight(b) / std::sqrt(squares[b]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].value *= factors[static_cast<std::size_t>(features[i].block)];
}

}  // namespace pointsman::classify
