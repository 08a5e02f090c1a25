// Tells texts of any category from examples that the user marked as belonging to none, by a sentence encoder's view of
// them: a logistic regression over the embedding, both kinds weighing the same. Pure and deterministic for a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "learn/sparse.h"

namespace pointsman::learn {

struct OutsideDetector {
  std::vector<float> weights;  // one per dimension; empty: there is none
  float bias = 0;

  // ln odds that the text belongs to a category. 0 without a detector.
  float score(std::span<const Entry> row) const;
};

inline constexpr std::size_t kFewestOutside = 20;  // marked examples below which nothing is learned

// Learns from the rows of `inside` in `use`, and from those of `outside` that `taught` picks.
OutsideDetector fit_outside(const SparseRows& inside, std::span<const std::uint32_t> use, const SparseRows& outside,
                            const std::function<bool(std::size_t)>& taught, std::size_t dimensions, std::uint64_t seed);

}  // namespace pointsman::learn
