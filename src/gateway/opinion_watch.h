// How asking the small model goes, in counters, and in the log when requests have to do without it.
//
// Belongs to one worker thread. Warns at once and then at most once a minute, with how many it was since.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/decision.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

class OpinionWatch {
 public:
  static constexpr std::chrono::minutes kWarnEvery{1};

  // `shard` outlives it.
  explicit OpinionWatch(telemetry::Shard& shard);

  void observe(const Decision& decision, base::MonoTime now);

 private:
  void warn(const Decision& decision, base::MonoTime now);

  telemetry::Shard& shard_;
  std::array<telemetry::Counter*, classify::kOpinionOutcomes> outcomes_{};  // found when first counted
  telemetry::Histogram& duration_;
  base::MonoTime quiet_until_{};
  std::uint64_t missed_ = 0;  // since the last warning
};

}  // namespace pointsman::gateway
