#include "learn/linear_head.h"

#include <algorithm>

#include "learn/calibration.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {

LinearHead LinearHead::fit(const Labelled& data, std::vector<std::uint32_t> use, const FitOptions& options) {
  SoftmaxFit softmax(data, std::move(use));
  softmax.fit(options);
  LinearHead head;
  head.weights_.reserve(data.features * data.categories);
  for (std::size_t f = 0; f < data.features; ++f) {
    for (std::size_t c = 0; c < data.categories; ++c) head.weights_.push_back(softmax.weight(f, c));
  }
  for (std::size_t c = 0; c < data.categories; ++c) head.bias_.push_back(softmax.bias(c));
  return head;
}

void LinearHead::probabilities(std::span<const Entry> row, std::span<float> out) const {
  const std::size_t n = bias_.size();
  std::copy(bias_.begin(), bias_.end(), out.begin());
  for (const Entry& entry : row) {
    const float* weights = &weights_[entry.feature * n];
    for (std::size_t c = 0; c < n; ++c) out[c] += entry.value * weights[c];
  }
  to_probabilities(out.first(n), {});
}

}  // namespace pointsman::learn
