// Many hypotheses tested at once: p-values adjusted so that, whatever is true, the chance that any true hypothesis is
// rejected stays below the level. Holm 1979, "A simple sequentially rejective multiple test procedure"; needs no
// assumption on how the tests depend on each other. Pure.
#pragma once

#include <span>
#include <vector>

namespace pointsman::learn {

// In the order given: reject those that are at most the level.
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace pointsman::learn
