// The gate as commands run it: a candidate and the classifier that serves, judged on what people said of recorded
// decisions, and on what the candidate learnt from (learn/promotion_gate.h, learn/lesson_audit.h).
//
// Pure but for running the classifiers; one thread.
#pragma once

#include <string>

#include "base/result.h"
#include "classify/linear_model.h"
#include "cli/harvest.h"
#include "learn/gate_report.h"

namespace pointsman::cli {

struct GateInput {
  const config::Config& config;
  const Harvest& harvest;
  const classify::LinearModel* champion = nullptr;  // null: none serves, everything goes to the fallback
  const classify::LinearModel& candidate;
  const classify::LinearModel* seeds = nullptr;  // whose examples teach; null: none
  base::Uuid learnt_until;                       // what was said later is news to the champion; zero: all of it
  int threads = 1;
};

struct GateRun {
  learn::GateReport report;
  std::string certificate;  // proved again for the candidate, where router.risk promises something; else empty
  std::string pairing;      // likewise, where router.llm.pairing does; empty also if it could not be,
  std::string no_pairing;   // and why
};

base::Result<GateRun> run_gate(const GateInput& input);

// What an artefact's card says that it learnt until; zero: it says nothing.
base::Uuid learnt_until(std::string_view card);

}  // namespace pointsman::cli
