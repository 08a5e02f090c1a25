// Stands before a worker's requests and turns some away when there is more to do than can be done (limits/admission.h).
//
// A FrontDoor belongs to one worker and its thread; all workers of a process share one LoadGauge, which outlives them.
// A request is looked at when its head is there, so that nothing is done for those who are turned away. It takes a
// Place only when its body is there, too: clients that are slow to send theirs keep nobody else out. A Place is held to
// the end of the answer and never given up for others.
#pragma once

#include <array>
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
  // Whether the request whose head has just been read may come in; why not has been counted.
  limits::Shed look(const http::Exchange& exchange, config::Priority priority, base::MonoTime now);
  // A place for one that may, once all of it is there; or why there is none any more, which has been counted.
  std::expected<Place, limits::Shed> enter(config::Priority priority);
  // Header lines that tell one that was turned away when to come again.
  const std::string& retry_fields() const { return retry_fields_; }

 private:
  // Asking the kernel costs about as much as half a read, so not every request is measured.
  static constexpr unsigned kMeasureEvery = 8;

  limits::Shed count(limits::Shed shed, std::size_t rank);

  LoadGauge& load_;
  telemetry::Shard& shard_;
  telemetry::Gauge& shown_;
  // By reason and priority, from the first that was turned away on: under overload a look-up by labels costs a tenth of
  // what turning away does.
  std::array<std::array<telemetry::Counter*, limits::kPriorities>, limits::kSheds> counters_{};
  base::Rng draws_;
  limits::Admission admission_{limits::AdmissionOptions{}};
  std::string retry_fields_;
  unsigned until_measured_ = 0;
};

// In a few words, for whoever was turned away.
std::string_view describe(limits::Shed shed);

}  // namespace pointsman::gateway
