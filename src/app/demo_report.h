// What the demo measured, as numbers, as a screen and as JSON. Pure.
// All of it is computed from the rows alone; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledger/entry.h"

namespace pointsman::app {

// One request of the workload: what its label asks for and what the ledger says was done.
struct DemoRow {
  std::string label;
  ledger::Entry entry;
};

struct Interval {
  double low = 0;
  double high = 0;
};

struct DemoReport {
  std::size_t requests = 0;
  std::size_t failed = 0;  // not answered with 200
  double seconds = 0;
  std::map<std::string, std::map<std::string, std::size_t>> by_category_and_model;
  double accuracy = 0;        // best guess equals the label, over all answered
  double sure_accuracy = 0;   // the same, over those the classifier was sure of
  double fallback_share = 0;  // went to the most capable model out of doubt
  double under_routed = 0;    // answered by a cheaper model than the label's own category would have got
  double cost_usd = 0;
  double baseline_usd = 0;  // the same usage, all at the most capable model's price
  std::size_t cost_unknown = 0;
  double saved = 0;         // 1 - cost / baseline
  Interval saved_interval;  // 95 %, bootstrap over requests
  double overhead_p50_us = 0;
  double overhead_p99_us = 0;
  double classify_p50_us = 0;
  std::string example_id;  // a decision worth explaining
};

// `rank_of_model`: 0 for the cheapest category's model and so on, by label; see demo.cc.
DemoReport make_report(const std::vector<DemoRow>& rows, const std::map<std::string, std::string>& model_of_category,
                       const std::map<std::string, int>& strength_of_model, double seconds);

std::string to_screen(const DemoReport& report, bool colour);
std::string to_json(const DemoReport& report);

}  // namespace pointsman::app
