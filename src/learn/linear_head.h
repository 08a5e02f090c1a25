// One softmax regression on sparse vectors, kept as plain weights: what stays of a SoftmaxFit when its rows are gone.
// Immutable once fitted; may be read concurrently.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/softmax_fit.h"

namespace pointsman::learn {

class LinearHead {
 public:
  LinearHead() = default;
  // Learns from the rows of `data` whose indices are in `use`.
  static LinearHead fit(const Labelled& data, std::vector<std::uint32_t> use, const FitOptions& options);

  std::size_t categories() const { return bias_.size(); }
  // Fills one probability per category.
  void probabilities(std::span<const Entry> row, std::span<float> out) const;

 private:
  std::vector<float> weights_;  // features x categories
  std::vector<float> bias_;
};

}  // namespace pointsman::learn
