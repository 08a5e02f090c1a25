// What `pointsman top` shows: traffic, its shares, times, errors and money of the last seconds.
// Pure: made of two readings of a gateway's metrics, or of what its ledger has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/metrics_text.h"
#include "ledger/entry.h"

namespace pointsman::cli {

struct TopShare {
  std::string name;
  double per_second = 0;
  double share = 0;                // of all in its list
  std::optional<double> per_hour;  // dollars
};

// What is not known is NaN, and shown as "-".
struct TopView {
  std::string version;  // of the gateway; empty: unknown
  double seconds = 0;   // that it is about; 0: there is nothing to compare with yet
  double requests = 0;  // a second
  double errors = 0;    // share answered with 5xx
  double refused = 0;   // share answered with 4xx
  double fallback = 0;  // share of decisions
  double p50 = 0;       // of a whole request, seconds
  double p99 = 0;
  double first_p50 = 0;  // to the first token of a stream
  double first_p99 = 0;
  double overhead_p99 = 0;
  double spent = 0;              // dollars an hour, questions to the small model included
  double saved = 0;              // likewise, against the stated baseline
  std::vector<TopShare> routes;  // greatest first
  std::vector<TopShare> models;
  std::optional<double> connections;
  std::optional<double> ledger_waiting;
  std::vector<std::string> resting;  // models whose circuit breaker is open
};

TopView view_between(const MetricsText& before, const MetricsText& now, double seconds);

// The same of entries that ended in the last `seconds`.
class TopFold {
 public:
  void add(const ledger::Entry& entry);
  TopView view(double seconds) const;

 private:
  struct Sum {
    double count = 0;
    double dollars = 0;
  };
  double requests_ = 0;
  double errors_ = 0;
  double refused_ = 0;
  double decided_ = 0;
  double fallback_ = 0;
  double cost_ = 0;
  double baseline_ = 0;
  double asked_ = 0;  // for questions to the small model
  std::map<std::string, Sum> routes_;
  std::map<std::string, Sum> models_;
  std::vector<double> total_;
  std::vector<double> first_;
  std::vector<double> overhead_;
};

}  // namespace pointsman::cli
