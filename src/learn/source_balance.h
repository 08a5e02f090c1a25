// Training for texts from elsewhere: how much each source of examples counts, and examples that another trainer
// gathered.
//
// A data set with one large source of a category teaches what that source looks like instead of what the category is.
// Two remedies that ask nothing of the classifier: sources weigh more alike than their sizes, and background examples
// of the same categories, from other hands, teach beside the user's own. Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/dataset.h"

namespace pointsman::learn {

// Multiplies the weight of each of the first `weights.size()` examples by (weight of its category / (groups of the
// category x weight of its group in the category)) ^ power, then by what keeps the category's weight: power 0 changes
// nothing, at 1 all groups of a category weigh the same. Examples without a group are one group.
void balance_groups(std::span<const Example> examples, std::span<const std::uint32_t> labels, float power,
                    std::span<float> weights);

// The examples of `background` whose category occurs in `data`, weighted so that they make up `share` (in [0, 1))
// of what both weigh together, and the same in each category: where the user has few examples they matter most. In
// canonical order, without groups.
std::vector<Example> background_for(const Dataset& data, const Dataset& background, float share);

}  // namespace pointsman::learn
