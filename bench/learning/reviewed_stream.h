// A stream of requests day by day, and a simulated person who labels some of them each day: what a classifier gets out
// of that, trained again every few days. Trains; deterministic for a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/random_slice.h"
#include "learn/review_queue.h"
#include "shared/public_sets.h"

namespace pointsman::bench {

// How the items of a day are chosen.
enum class Picking { kRandom, kQueue, kMargin };

struct ReviewPlan {
  Picking picking = Picking::kQueue;
  std::size_t shots = 5;      // examples of each category to begin with
  std::size_t traffic = 500;  // requests a day
  std::size_t labels = 25;    // a day
  std::size_t days = 40;
  std::size_t train_every = 4;  // days
  double right = 0.97;          // of the simulated person's answers; a wrong one is any other category
  bool spread = false;          // traffic nearly identical to what was labelled teaches, too
  double threshold = 0.6;       // less sure goes to the fallback
  int threads = 1;
  std::uint64_t seed = 1;
  learn::ReviewOptions review;
};

// What the classifier of that moment does on the test set.
struct ReviewPoint {
  std::size_t labels = 0;  // by the person
  double accuracy = 0;
  double fallback = 0;  // share
  double wrong = 0;     // share decided wrongly
};

struct ReviewRun {
  std::vector<ReviewPoint> points;
  // Of the requests of the stream, as the classifier of their day decided them.
  std::size_t decided = 0;
  std::size_t decided_right = 0;
  // Of the share that the person would call right, from the random slice.
  learn::SliceEstimate estimate;
};

base::Result<ReviewRun> run_review(const PublicSet& set, const ReviewPlan& plan);

}  // namespace pointsman::bench
