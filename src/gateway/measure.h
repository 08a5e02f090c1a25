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
#include "limits/quota_outcome.h"
#include "telemetry/metrics.h"
#include "trace/context.h"

namespace pointsman::gateway {

class Measure {
 public:
  // Both outlive it. Models and categories are meant by their index in the snapshot.
  Measure(const Snapshot& snapshot, telemetry::Shard& shard);

  void decided(const Decision& decision, base::Duration took);
  void attempted(int model);
  void failed_attempt(int model, std::string_view reason);
  void retried(std::string_view reason);
  // A model was called before the decision stood; `outcome` is "released", "cancelled" or "failed".
  void speculated(std::string_view outcome);
  // The cache of answers was asked, or passed by: "hit", "miss", "bypass".
  void looked_up(std::string_view result);
  // A finished request; `model` is -1 when none was chosen, `trace` zeros where it has none.
  void finished(const ledger::Entry& entry, int category, int model, trace::TraceId trace = {});
  // A request that was answered with an error before it was admitted.
  void turned_away(int status) { requests(-1, -1, status).add(); }
  // A limit refused a request; labelled by the kind of limit, never by whose it is.
  void denied(const limits::Denial& denial);
  // A slice of a shared budget was too small, and the request waited for more: how that ended.
  void waited_for_budget(std::string_view outcome);
  void ledger_refused() { ledger_refused_.add(); }
  // There was no room for what is told of a request as a trace.
  void spans_lost(std::size_t spans);

 private:
  struct PerModel {
    telemetry::Counter* attempts;
    telemetry::Counter* input_tokens;
    telemetry::Counter* output_tokens;
    telemetry::MoneyCounter* cost;
    telemetry::Counter* cost_unknown;
  };
  telemetry::Counter& requests(int category, int model, int status);
  telemetry::Counter& fallbacks(std::string_view reason);
  base::Money count_discarded(const ledger::Entry& entry);
  void count_money(const ledger::Entry& entry, int model);

  const Snapshot& snapshot_;
  telemetry::Shard& shard_;
  std::vector<PerModel> models_;
  std::vector<telemetry::Counter*> decisions_;  // category x stage
  std::unordered_map<std::uint64_t, telemetry::Counter*> requests_;
  std::vector<std::pair<std::string, telemetry::Counter*>> fallbacks_;  // by reason
  telemetry::Histogram& confidence_;
  telemetry::Histogram& routing_;
  telemetry::Histogram& overhead_;
  telemetry::Histogram& duration_;
  telemetry::Histogram& first_token_;
  telemetry::MoneyCounter& baseline_;
  telemetry::Counter& entries_;
  telemetry::Counter& ledger_refused_;
  telemetry::Counter& kept_;
};

}  // namespace pointsman::gateway
