// What this worker knows about the health of the models: one circuit breaker each, and the retry budget they share.
//
// Single-threaded. Each worker learns for itself: nothing is shared on the request path.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "gateway/snapshot.h"
#include "limits/circuit_breaker.h"
#include "limits/retry_budget.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

class Health {
 public:
  Health(telemetry::Shard& shard, std::uint64_t seed) : shard_(shard), rng_(seed) {}

  // Keeps what is known about models that the new snapshot still has at the same provider.
  void use(const Snapshot& snapshot, base::MonoTime now);

  // One flag per model of the snapshot, as of `now`; valid until the next call.
  std::span<const route::Health> view(base::MonoTime now);
  // Indices of the models that the last view() called unhealthy.
  const std::vector<int>& unavailable() const { return unavailable_; }

  // A request that may lead to retries; each retry then asks.
  void begin_request(base::MonoTime now) { retries_->deposit(now); }
  bool may_retry(base::MonoTime now) { return retries_->withdraw(now); }

  // Before an attempt at an unhealthy model as a last resort this takes its probe; the answer does not stop anyone.
  void attempt(int model, base::MonoTime now);
  void record(int model, limits::Blame blame, base::MonoTime now,
              std::optional<base::Duration> retry_after = std::nullopt);

 private:
  struct PerModel {
    std::string name;
    std::string provider;
    limits::CircuitBreaker breaker;
    telemetry::Gauge* state = nullptr;
  };
  void show(PerModel& model, base::MonoTime now);

  telemetry::Shard& shard_;
  base::Rng rng_;
  std::vector<PerModel> models_;
  std::optional<limits::RetryBudget> retries_;
  std::vector<route::Health> flags_;
  std::vector<int> unavailable_;
};

}  // namespace pointsman::gateway
