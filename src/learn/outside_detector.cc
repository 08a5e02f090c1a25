#include "learn/outside_detector.h"

#include <numeric>

#include "learn/softmax_fit.h"

namespace pointsman::learn {
namespace {

constexpr float kL2 = 1;
constexpr int kMaxEpochs = 20;

}  // namespace

float OutsideDetector::score(std::span<const Entry> row) const {
  if (weights.empty()) return 0;
  float sum = bias;
  for (const Entry& entry : row) sum += entry.value * weights[entry.feature];
  return sum;
}

OutsideDetector fit_outside(const SparseRows& inside, std::span<const std::uint32_t> use, const SparseRows& outside,
                            const std::function<bool(std::size_t)>& taught, std::size_t dimensions,
                            std::uint64_t seed) {
  SparseRows rows;
  std::vector<std::uint32_t> labels;
  const auto add = [&](std::span<const Entry> row, std::uint32_t label) {
    rows.entries.insert(rows.entries.end(), row.begin(), row.end());
    rows.begin.push_back(rows.entries.size());
    labels.push_back(label);
  };
  for (const std::uint32_t i : use) add(inside.row(i), 0);
  for (std::size_t i = 0; i < outside.size(); ++i) {
    if (taught(i)) add(outside.row(i), 1);
  }
  const std::size_t marked = labels.size() - use.size();
  if (marked < kFewestOutside || use.empty()) return {};
  std::vector<float> weights(labels.size(), 1);
  const float even = static_cast<float>(use.size()) / static_cast<float>(marked);
  std::fill(weights.begin() + static_cast<std::ptrdiff_t>(use.size()), weights.end(), even);
  std::vector<std::uint32_t> all(labels.size());
  std::iota(all.begin(), all.end(), 0U);
  SoftmaxFit fit({&rows, labels, weights, dimensions, 2}, std::move(all));
  fit.fit({.l2 = kL2, .max_epochs = kMaxEpochs, .seed = seed});
  OutsideDetector out;
  for (std::size_t d = 0; d < dimensions; ++d) out.weights.push_back(fit.weight(d, 0) - fit.weight(d, 1));
  out.bias = fit.bias(0) - fit.bias(1);
  return out;
}

}  // namespace pointsman::learn
