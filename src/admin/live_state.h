// What the running gateway tells the operators' API about itself beyond its snapshot: breakers, training, a canary's
// trial. Plain values, copied out of whoever keeps them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "watch/canary_trial.h"

namespace pointsman::admin {

// Of the workers the one that thinks worst of the model.
struct ModelHealth {
  enum class Breaker : std::uint8_t { kClosed, kHalfOpen, kOpen };  // the worst last
  std::string model;
  Breaker breaker = Breaker::kClosed;
  std::optional<base::WallTime> rests_until;  // in the future: nothing is sent there before
};

// Training by schedule or by hand, in a process of its own.
struct TrainingState {
  bool running = false;
  std::string stage;  // "training", or "gate" while the candidate is judged; empty: nothing runs
  double share = 0;   // of the stage that is done, where that is known
  std::optional<base::WallTime> started;
  std::string last_error;  // empty: it went well, or was never done
};

// A canary's trial, as far as the gateway has watched it.
struct TrialState {
  std::string version;
  double share = 0;
  watch::CanaryVerdict verdict;
  watch::ArmCounts champion;
  watch::ArmCounts canary;
};

}  // namespace pointsman::admin
