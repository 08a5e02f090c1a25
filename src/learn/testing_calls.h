// A synthetic classifier of four categories whose risk is known exactly. For tests.
//
// The top probability is uniform on [0.5, 1) and the category uniform; a call is wrong with probability
// k_c (1 - p), k = 0.3, 0.6, 1, 1.8: overconfident in the last category, timid in the first two.
#pragma once

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "learn/threshold_path.h"

namespace pointsman::learn::test {

inline constexpr std::array<double, 4> kWrongness = {0.3, 0.6, 1, 1.8};

inline std::vector<Call> calls_from(std::uint64_t seed, std::size_t rows) {
  std::mt19937_64 bits(seed);
  const auto uniform = [&] { return static_cast<double>(bits() >> 11) * 0x1.0p-53; };
  std::vector<Call> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const double p = 0.5 + uniform() / 2;
    const auto category = static_cast<std::uint32_t>(bits() % 4);
    const bool wrong = uniform() < kWrongness[category] * (1 - p);
    out.push_back({category, static_cast<float>(p), wrong ? 1.0F : 0.0F});
  }
  return out;
}

// The integral of k_c (1 - p) over what the thresholds keep, p uniform on [0.5, 1): k_c (1 - t)^2 for t in that range.
inline double true_risk(const std::vector<float>& thresholds) {
  double risk = 0;
  for (std::size_t c = 0; c < 4; ++c) {
    const double t = std::clamp(static_cast<double>(thresholds[c]), 0.5, 1.0);
    risk += kWrongness[c] * (1 - t) * (1 - t) / 4;
  }
  return risk;
}

}  // namespace pointsman::learn::test
