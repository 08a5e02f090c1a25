// The thread that sends traces to a collector, apart from those that serve requests.
//
// One per process, owned by the composition root; all of it belongs to the thread that made it. Where no collector is
// configured there is no thread, and nothing is collected.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "courier/delivery_thread.h"
#include "courier/span_rounds.h"

namespace pointsman::courier {

class SpanCourier {
 public:
  // The shard outlives it, and is its thread's alone. `version` and `instance`: of this gateway, in every trace.
  SpanCourier(telemetry::Shard& shard, std::string version, std::string instance, SpanOptions options)
      : shard_(shard), version_(std::move(version)), instance_(std::move(instance)), options_(options) {}
  ~SpanCourier() { stop(base::Duration(0)); }
  SpanCourier(const SpanCourier&) = delete;
  SpanCourier& operator=(const SpanCourier&) = delete;

  // Where a worker leaves what is to be sent. Before the first follow().
  trace::Ring& add_ring();
  // Which collector gets it from now on; the first configuration that names one starts the thread. On failure nothing
  // has changed.
  base::Result<void> follow(const config::TelemetryConfig& config);
  // Gives what there is so long to be sent, drops the rest, and ends the thread. Nobody may fill a ring any more.
  void stop(base::Duration grace) { thread_.stop(grace); }

 private:
  telemetry::Shard& shard_;
  std::string version_;
  std::string instance_;
  SpanOptions options_;
  std::vector<RingPtr> rings_;
  SpanRounds* rounds_ = nullptr;  // the thread's
  DeliveryThread thread_{"traces"};
};

}  // namespace pointsman::courier
