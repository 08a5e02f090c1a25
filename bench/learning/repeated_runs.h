// Simulated runs, repeated: after how many steps something was noticed, if it was.
// Plain values, pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pointsman::bench {

// For each run the steps it took; none: it was not noticed in as many steps as there were.
using Delays = std::vector<std::optional<std::size_t>>;

std::size_t noticed(const Delays& delays);
// In how many steps `share` of all runs had noticed it; none if fewer ever did.
std::optional<double> steps_until(const Delays& delays, double share);
// "4210", or "-".
std::string steps_text(std::optional<double> steps);
// By a fair reading of chance, may `count` of `runs` be what happens with probability `at_most`? False if so many come
// with a probability below 1 % (exact binomial).
bool fits(std::size_t count, std::size_t runs, double at_most);

}  // namespace pointsman::bench
