// What this worker knows about the health of a snapshot's models: a circuit breaker, a rest and recent times to the
// first byte for each, and the retry budget they share.
//
// Single-threaded. Each worker learns for itself: nothing is shared on the request path. What other replicas tell of
// their breakers is advice (CircuitBreaker::warn). A reload makes a new Health
// that shares with the old one what it knows about models that stayed the same, so that requests still in flight under
// the old snapshot teach both.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "gateway/snapshot.h"
#include "limits/circuit_breaker.h"
#include "limits/failure_hint.h"
#include "limits/retry_budget.h"
#include "limits/smoothed_duration.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

class ReplicaNews;

// The configured settings of a breaker; the rest are those of BreakerOptions.
limits::BreakerOptions breaker_options(const config::BreakerConfig& from);

class Health {
 public:
  // No upstream's retry-after keeps a model at rest for longer.
  static constexpr std::chrono::minutes kLongestRest{10};

  // A model is the same if its name, its upstream's name for it, its provider and the provider's address are; a breaker
  // starts anew when its settings change. `previous` may be null.
  Health(const Snapshot& snapshot, telemetry::Shard& shard, std::uint64_t seed, const Health* previous,
         base::MonoTime now);

  // One flag per model of the snapshot, as of `now`; valid until the next call.
  std::span<const route::Health> view(base::MonoTime now);
  // How long each model lately took to its first byte, of streams or of whole answers: those begin when all is
  // generated. Valid until the next call.
  std::span<const route::Pace> paces(bool stream);
  // Whether it is well beyond doubt: its breaker is closed and it asked for no pause.
  bool steady(int model, base::MonoTime now) const;
  // A number drawn evenly, for orders that leave something to chance.
  std::uint64_t draw() { return rng_.next(); }
  // Indices of the models that the last view() called unhealthy.
  const std::vector<int>& unavailable() const { return unavailable_; }

  // A request that may lead to retries; each retry then asks.
  void begin_request(base::MonoTime now) { retries_->deposit(now); }
  bool may_retry(base::MonoTime now) { return retries_->withdraw(now); }

  // Before an attempt at an unhealthy model as a last resort this takes its probe; the answer does not stop anyone.
  void attempt(int model, base::MonoTime now);
  // The end of an attempt. A model that asks for a pause (429, 503 or 529 with a retry-after) is unhealthy until then,
  // also before its breaker opens.
  void record(int model, limits::Blame blame, base::MonoTime now,
              std::optional<base::Duration> retry_after = std::nullopt);
  // What became of an answer whose head was recorded as a success.
  void ended(int model, bool whole, base::MonoTime now);

  // What is known of each model, for people.
  struct Shown {
    std::string model;
    limits::CircuitBreaker::State state = limits::CircuitBreaker::State::kClosed;
    base::MonoTime rests_until{};  // in the past: it does not
  };
  std::vector<Shown> shown(base::MonoTime now) const;

  // Where breakers that open are told of, for other replicas; null: nowhere.
  void tell(ReplicaNews* news) { news_ = news; }
  // Another replica's breaker has opened.
  void warn(const limits::FailureHint& hint, base::MonoTime now);

  // A good answer's first byte came after that time.
  void answered(int model, bool stream, base::Duration first_byte);

 private:
  struct Model {
    std::string name;
    std::string provider;
    std::string upstream_name;
    http::TargetPtr target;
    limits::SharedName shared_name;  // as replicas call it
    limits::CircuitBreaker breaker;
    base::MonoTime rests_until{};
    telemetry::Gauge* state = nullptr;
    limits::SmoothedDuration stream_pace{};
    limits::SmoothedDuration whole_pace{};
  };
  std::shared_ptr<Model> find_same(const Model& wanted) const;
  static void show(Model& model, base::MonoTime now);
  void tell_opened(const Model& model, std::uint64_t opened_before, base::MonoTime now);

  base::Rng rng_;
  limits::BreakerOptions options_;
  double retry_ratio_ = 0;
  std::vector<std::shared_ptr<Model>> models_;
  std::shared_ptr<limits::RetryBudget> retries_;
  std::vector<route::Health> flags_;
  std::vector<int> unavailable_;
  std::vector<route::Pace> paces_;
  ReplicaNews* news_ = nullptr;
};

}  // namespace pointsman::gateway
