// The worker's metrics, found once for each snapshot and then only counted. Belongs to one worker thread.
// Counting takes no lock and allocates nothing once a counter has been seen.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "ledger/entry.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

class Measure {
 public:
  explicit Measure(telemetry::Shard& shard);
  // Counters of models and categories are looked up by their index in this snapshot from now on.
  void use(const Snapshot& snapshot);

  void decided(const Snapshot& snapshot, const Decision& decision, base::Duration took);
  void attempted(int model);
  void failed_attempt(const Snapshot& snapshot, int model, std::string_view reason);
  void retried(std::string_view reason);
  // A finished request; `model` is -1 when none was chosen.
  void finished(const Snapshot& snapshot, const ledger::Entry& entry, int category, int model);
  void ledger_refused() { ledger_refused_.add(); }
  void refused(int status);

 private:
  struct PerModel {
    telemetry::Counter* attempts;
    telemetry::Counter* input_tokens;
    telemetry::Counter* output_tokens;
    telemetry::MoneyCounter* cost;
    telemetry::Counter* cost_unknown;
  };
  telemetry::Counter& requests(const Snapshot& snapshot, int category, int model, int status);
  telemetry::Counter& fallbacks(std::string_view reason);
  void count_money(const ledger::Entry& entry, int model);

  telemetry::Shard& shard_;
  std::vector<PerModel> models_;
  std::vector<telemetry::Counter*> decisions_;  // category x stage
  std::unordered_map<std::uint64_t, telemetry::Counter*> requests_;
  std::vector<std::pair<std::string, telemetry::Counter*>> fallbacks_;  // by reason
  telemetry::Histogram& confidence_;
  telemetry::Histogram& routing_;
  telemetry::Histogram& overhead_;
  telemetry::Histogram& duration_;
  telemetry::Histogram& first_byte_;
  telemetry::MoneyCounter& baseline_;
  telemetry::Counter& entries_;
  telemetry::Counter& ledger_refused_;
};

}  // namespace pointsman::gateway
