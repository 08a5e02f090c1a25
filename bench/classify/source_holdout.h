// One source left out: how a classifier that has never seen it fares there, what becomes of a risk that was certified
// without it, and whether the flag for shifted traffic is raised. Deterministic.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "learn/train.h"

namespace pointsman::bench {

// Who trains, tunes and judges on what.
struct HoldoutPlan {
  learn::Dataset train;     // of the other sources
  learn::Dataset known;     // further rows of the other sources: one half certifies, the other shows what is usual
  learn::Dataset held_out;  // all rows of the source
  learn::TrainOptions options;
  std::uint64_t seed = 1;
};

struct Holdout {
  std::string source;
  std::size_t rows = 0;
  double accuracy = 0;
  double confidence = 0;  // mean largest probability
  double known_accuracy = 0;
  bool certified = false;
  double kept = 0;          // shares of the source's rows at the certified thresholds
  double under_routed = 0;  // of them, kept and wrongly so
  double known_under_routed = 0;
  double flagged = 0;               // share of streams of the source's rows
  double requests_to_flag = 0;      // median over the streams that were flagged
  double under_routed_watched = 0;  // of a stream's requests, when nothing is kept while the flag is up
  double false_alarms = 0;          // share of streams of known rows
};

inline constexpr double kHoldoutRisk = 0.02;
inline constexpr int kHoldoutRequests = 1000;  // in a stream, drawn with replacement

base::Result<Holdout> hold_out(const HoldoutPlan& plan);

}  // namespace pointsman::bench
