// A threshold with a promise about quality: routed answers are, on average, at least a stated share as good as the
// strong model's own, and that holds with a stated confidence whatever the scores are worth.
//
// Learn then Test (Angelopoulos, Bates, Candes, Jordan, Lei 2021) by fixed-sequence testing: thresholds made before the
// rows were looked at are tested in turn, the one that keeps least with the weak model first; the first that cannot be
// shown to keep the promise ends the search, the one before it is used. What is shown of a threshold is
//   E[quality x strong - routed] < 0,   routed = weak where the score is below the threshold, else strong
// by betting (mean_bet.h). Assumption: exchangeability. The rows and the requests to come are drawn alike, and whatever
// made scores and thresholds has learnt from none of the rows. Pure; deterministic for a seed.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "learn/outcome_curve.h"

namespace pointsman::learn {

struct QualityPromise {
  double quality = 0.99;     // share of the strong model's
  double confidence = 0.95;  // in (0, 1)
};

// Thresholds at even quantiles of scores, lowest first; the last keeps everything. Make it from rows that are not those
// that certify.
std::vector<double> threshold_ladder(std::span<const double> scores, std::size_t steps = 200);

struct CertifiedRouting {
  QualityPromise promise;
  bool certified = false;  // else everything goes to the strong model
  double threshold = 0;    // requests that score below it stay with the weak model
  bool keeps_all = false;  // the weak model alone keeps the promise
  std::size_t rows = 0;
  std::size_t kept = 0;      // of them, with the weak model
  double quality = 1;        // observed, as a share of the strong model's
  double quality_bound = 0;  // the most that the same test would still have promised at this threshold alone
  Estimate saved;            // share of the strong model's cost, at this threshold
  // The step that would keep most if the rows at hand were all there is; an estimate, as is what follows from it.
  double reachable = 0;                 // share kept
  std::optional<std::size_t> for_half;  // about how many rows would certify half of that; nothing if none is reachable
};

// `scores` one per row.
CertifiedRouting certify_quality(std::span<const double> ladder, std::span<const Outcome* const> rows,
                                 std::span<const double> scores, const QualityPromise& promise, std::uint64_t seed = 1);

}  // namespace pointsman::learn
