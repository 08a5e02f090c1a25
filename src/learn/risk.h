// Thresholds with a promise: of all requests, at most a stated share is kept locally and wrongly so, and that holds
// with a stated confidence for any classifier and any traffic, as long as the rows that were tested are like those to
// come.
//
// Learn then Test (Angelopoulos, Bates, Candes, Jordan, Lei 2021) by fixed-sequence testing: the steps of a
// ThresholdPath, made before the rows were seen, are tested strictest first, each with an exact p-value of "the risk
// here is above what was promised"; the first that cannot be rejected ends the search, the one before it is used. The
// risk is marginal, E[kept x loss] over all requests: what goes to the fallback model loses nothing.
// Assumption: exchangeability. The rows and the requests to come are drawn alike and in no particular order, and the
// classifier has learnt from none of the rows. A test cannot notice when traffic changes later.
// Pure and deterministic; the order of the rows does not matter.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classify/classifier.h"
#include "learn/dataset.h"
#include "learn/evaluate.h"
#include "learn/threshold_path.h"

namespace pointsman::learn {

struct Promise {
  double at_most = 0.02;     // the risk
  double confidence = 0.95;  // in (0, 1)
};

// A call and the first step of the path that keeps it.
struct PlacedCall {
  std::uint32_t step = 0;
  float loss = 0;
};
std::vector<PlacedCall> place(const ThresholdPath& path, std::span<const Call> calls);

// Where the sequence of tests ended.
struct Tested {
  std::optional<std::uint32_t> step;  // the last that was rejected and keeps anything; nothing: no promise is possible
  std::size_t kept = 0;
  double lost = 0;
  double p_value = 1;
};
Tested test_in_sequence(std::span<const PlacedCall> calls, const Promise& promise, LossKind kind);

// What more labels would do, judged by the rows at hand; estimates, unlike everything else here.
struct MoreRows {
  std::size_t if_faultless = 0;              // rows that suffice when nothing kept is ever wrong
  std::optional<std::size_t> for_anything;   // to keep the surest tenth; nothing: no number of labels would do
  Share reachable;                           // what one who knew the true risks would keep
  std::optional<std::size_t> for_reachable;  // to come within five points of that
  struct Expected {
    std::size_t rows = 0;
    double kept = 0;  // share
  };
  std::vector<Expected> expected;  // with two, five and ten times the rows
};

struct Certified {
  Promise promise;
  bool certified = false;
  std::vector<float> thresholds;  // one per category; all kNeverKept when nothing is certified
  Share kept;
  double lost = 0;      // total loss of what is kept
  double observed = 0;  // lost / rows
  double bound = 1;     // the least risk that the same test would still have promised at these thresholds alone
  double p_value = 1;
  MoreRows more;
};

// The thresholds that keep the most while the promise holds.
Certified certify(const ThresholdPath& path, std::span<const Call> calls, const Promise& promise, LossKind kind);

// Carries a classifier's probabilities to the categories of `losses` by name, as the router does, and notes what
// keeping the text would cost. `probabilities` may sum to less than 1; the rest is doubt.
Call call_of(const LossMatrix& losses, std::span<const float> probabilities, std::size_t truth);

// Every example as a call. Categories that `losses` does not name count as outside. kInvalidArgument when the
// classifier lacks a category of `losses`.
base::Result<std::vector<Call>> call_all(const classify::Classifier& classifier, const LossMatrix& losses,
                                         const Dataset& data);

}  // namespace pointsman::learn
