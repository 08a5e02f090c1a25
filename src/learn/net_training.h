// Trains the character networks that become the second view, and scores rows by networks that have not seen them.
//
// Two networks of different seeds are trained and merged into one whose scores are their mean: it errs less than
// either. A small set is cross-validated. In a large one each network leaves out a part until its schedule has ended,
// scores it, and learns it in a short last phase, so nothing is trained twice. Deterministic for a seed, on any number
// of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "learn/char_net_fit.h"
#include "learn/folds.h"

namespace pointsman::learn {

struct NetPlan {
  bool thorough = false;  // twice the filters, and longer
  int threads = 1;
  std::uint64_t seed = 1;
};

struct NetTraining {
  classify::CharNetParts net;         // both networks, merged
  std::vector<float> scores;          // `predictable` rows x categories; meaningful where `scored`
  std::vector<std::uint32_t> scored;  // rows that were scored by a network that had not seen them, ascending
};

// `tick` may be called from several threads, after each network.
NetTraining train_nets(const NetExamples& examples, const Folds& folds, std::size_t predictable, const NetPlan& plan,
                       const std::function<void(int done, int total)>& tick);

}  // namespace pointsman::learn
