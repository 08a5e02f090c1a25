// Stands before a worker's requests and turns some away when there is more to do than can be done (limits/admission.h).
//
// A FrontDoor belongs to one worker and its thread; all workers of a process share one LoadGauge, which outlives them.
// A Place is held from a request's head to the end of its answer and never given up for others.
#pragma once

#include <atomic>
#include <expected>
#include <string>
#include <utility>

#include "base/rng.h"
#include "config/config.h"
#include "http/exchange.h"
#include "limits/admission.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

// What the process has under way, and how it stands. Any thread.
struct LoadGauge {
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> memory_short{false};
};

class FrontDoor {
 public:
  // One request under way; movable, ends with its destruction.
  class Place {
   public:
    Place(LoadGauge& load, telemetry::Gauge& shown);
    Place(Place&& other) noexcept : load_(std::exchange(other.load_, nullptr)), shown_(other.shown_) {}
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    LoadGauge* load_;
    telemetry::Gauge* shown_;
  };

  // Both outlive it.
  FrontDoor(LoadGauge& load, telemetry::Shard& shard, std::uint64_t seed);

  void use(const config::OverloadConfig& config);
  // A place for the request whose head has just been read; or why there is none, which has been counted.
  std::expected<Place, limits::Shed> enter(const http::Exchange& exchange, config::Priority priority,
                                           base::MonoTime now);
  // Header lines that tell one that was turned away when to come again.
  const std::string& retry_fields() const { return retry_fields_; }

 private:
  // Asking the kernel costs about as much as half a read, so not every request is measured.
  static constexpr unsigned kMeasureEvery = 8;

  LoadGauge& load_;
  telemetry::Shard& shard_;
  telemetry::Gauge& shown_;
  base::Rng draws_;
  limits::Admission admission_{limits::AdmissionOptions{}};
  std::string retry_fields_;
  unsigned until_measured_ = 0;
};

// In a few words, for whoever was turned away.
std::string_view describe(limits::Shed shed);

}  // namespace pointsman::gateway
