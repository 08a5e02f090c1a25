// How a way of choosing thresholds fares over many random splits of labelled rows: how often its promise is broken, how
// much it keeps, and how much one who knew the test rows would keep. Pure and deterministic for a seed.
//
// A promise is about the true risk, which a finite test half only shows with noise. Two counts say whether it was kept:
//   resampled  rows are drawn with replacement from all rows, so that "all rows" is the true distribution and the true
//              risk of any thresholds is known exactly: no allowance is needed but for the number of draws;
//   split      halves without replacement: the risk on the test half, counted as broken when it is above what was
//              promised at all (which chance alone makes happen), and when it is so beyond chance, that is above the
//              95th percentile of a binomial with the promised risk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learn/risk.h"

namespace pointsman::bench {

// How thresholds are chosen from calibration rows.
enum class Method : std::uint8_t {
  kCertified,      // learn::certify
  kPointEstimate,  // the most that keeps the observed risk below what is promised
  kSearched,  // thresholds for each category, searched for the most kept under one uncorrected Clopper-Pearson bound
};

struct SplitOptions {
  int splits = 1000;
  double calibration = 0.5;  // share of the rows
  std::uint64_t seed = 1;
};

struct SplitResult {
  double broken_resampled = 0;  // shares of splits
  double broken_split = 0;
  double broken_beyond_chance = 0;
  double kept = 0;  // mean over splits, of the test rows
  double kept_spread = 0;
  double oracle = 0;  // mean kept by the best step of the same path, chosen on the test rows themselves
  double uncertified = 0;
};

SplitResult run_splits(const learn::ThresholdPath& path, std::span<const learn::Call> rows,
                       const learn::Promise& promise, Method method, const SplitOptions& options);

}  // namespace pointsman::bench
