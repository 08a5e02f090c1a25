// Whether the requests of this worker still look like those that the certificate, or the pairing, of its snapshot was
// made from.
//
// Belongs to one worker thread, like everything of its Generation. Every worker judges the requests it sees by itself.
// A reload that keeps the certificate keeps what was seen; a new certificate begins anew.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "classify/shift.h"
#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

class ShiftWatch {
 public:
  // `shard` outlives it; `previous` may be null.
  ShiftWatch(const Snapshot& snapshot, telemetry::Shard& shard, const ShiftWatch* previous);

  // A request that was admitted, once it is decided. Counts if the classifier decided it, or would have but for doubt;
  // what a rule, the header, people's corrections, the client's choice of model or a lack of choice decided says
  // nothing about the certificate. Nor does a request that the encoder should have been heard on and was not: it raises
  // no flag, but while one is raised it counts as doubt, lest the sure ones alone make it fall.
  void observe(const Decision& decision);

  // Certified thresholds do not count at present.
  bool raised() const { return state_->detector.raised(); }

 private:
  // Shared with the generations before and after under the same certificate.
  struct State {
    std::string certificate;  // as written; empty: nothing is promised
    classify::ShiftDetector detector;
  };

  std::shared_ptr<State> state_;
  std::string_view where_;    // the key of the configuration that names what was promised
  std::string_view command_;  // that makes it anew
  telemetry::Gauge& flag_;
  telemetry::Counter& raised_total_;
};

}  // namespace pointsman::gateway
