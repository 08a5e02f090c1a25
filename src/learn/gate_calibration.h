// How far confidence is from accuracy, with an interval.
// Pure; deterministic for a seed.
#pragma once

#include <cstdint>
#include <span>

#include "learn/paired_comparison.h"

namespace pointsman::learn {

struct Confident {
  float confidence = 0;
  bool right = false;
  double weight = 1;
};

// Expected calibration error over 15 equally wide bins of confidence, as evaluate.h has it. 0 for no rows.
double expected_calibration_error(std::span<const Confident> rows);

// Each end with confidence about 1 - alpha: the basic bootstrap (Davison and Hinkley 1997, 5.2), which takes off what
// few rows add to the error. Depends on the order of the rows.
Interval ece_interval(std::span<const Confident> rows, double alpha, int resamples, std::uint64_t seed);

}  // namespace pointsman::learn
