// What a replica tells others when its circuit breaker for a model opens.
//
// Plain data, and advice: whoever hears of it is quicker to believe its own failures (CircuitBreaker::warn), no more.
#pragma once

#include "base/clock.h"
#include "limits/shared_rates.h"

namespace pointsman::limits {

struct FailureHint {
  SharedName target{};    // of provider, its address, and its name for the model
  base::Duration left{};  // until that breaker lets a probe through
  bool operator==(const FailureHint&) const = default;
};

}  // namespace pointsman::limits
