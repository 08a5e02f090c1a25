// The mean of numbers that are known by their logarithms: what several bets have together.
// Pure; no overflow whatever the logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace pointsman::watch {

// ln of the mean of exp(logs). `logs` is not empty and finite.
inline double log_mean(std::span<const double> logs) {
  const double largest = *std::ranges::max_element(logs);
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - largest);
  return largest + std::log(sum / static_cast<double>(logs.size()));
}

}  // namespace pointsman::watch
