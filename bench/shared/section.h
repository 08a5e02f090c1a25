// One section of a benchmark (`./dev bench classify`, `./dev bench encoder`): what it measured, beside what was aimed
// at. A section reads its data, trains and judges by itself; sections share nothing. Pure but for reading files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::bench {

struct Target {
  std::string name;
  double value = 0;
  std::string unit;  // "%", "us", "MB", ""
  double goal = 0;
  bool holds = false;
  std::string note;              // spread, interval, what it is beside
  bool for_information = false;  // has no goal that could be missed
};

struct SectionResult {
  std::string name;
  std::vector<Target> targets;
  std::string details_json;  // one JSON value, everything measured
  std::string skipped;       // why nothing was measured
};

struct BenchOptions {
  std::string data;  // the folder that $POINTSMAN_DATA names
  int seeds = 5;
  int threads = 2;
  bool quick = false;  // fewer rows, splits and seeds: to see that it runs, not to quote
};

using SectionFunction = base::Result<SectionResult> (*)(const BenchOptions&);

struct NamedSection {
  std::string_view name;
  std::string_view what;
  SectionFunction run;
};

base::Result<SectionResult> intents_section(const BenchOptions& options);
base::Result<SectionResult> close_pairs_section(const BenchOptions& options);
base::Result<SectionResult> speed_section(const BenchOptions& options);
base::Result<SectionResult> guarantee_section(const BenchOptions& options);
base::Result<SectionResult> routing_section(const BenchOptions& options);
base::Result<SectionResult> triage_section(const BenchOptions& options);
base::Result<SectionResult> trade_section(const BenchOptions& options);

// Of `./dev bench encoder`.
base::Result<SectionResult> encoder_views_section(const BenchOptions& options);
base::Result<SectionResult> encoder_pairs_section(const BenchOptions& options);
base::Result<SectionResult> encoder_trade_section(const BenchOptions& options);
base::Result<SectionResult> encoder_speed_section(const BenchOptions& options);
base::Result<SectionResult> encoder_near_section(const BenchOptions& options);

// Of `./dev bench affinity`.
base::Result<SectionResult> affinity_bill_section(const BenchOptions& options);

// Of `./dev bench cascade`.
base::Result<SectionResult> cascade_curve_section(const BenchOptions& options);
base::Result<SectionResult> cascade_distillation_section(const BenchOptions& options);
base::Result<SectionResult> cascade_confidence_section(const BenchOptions& options);
base::Result<SectionResult> cascade_prompt_section(const BenchOptions& options);

// Of `./dev bench learning`.
base::Result<SectionResult> learning_gate_section(const BenchOptions& options);
base::Result<SectionResult> learning_audit_section(const BenchOptions& options);
base::Result<SectionResult> learning_improve_section(const BenchOptions& options);
base::Result<SectionResult> learning_memory_section(const BenchOptions& options);
base::Result<SectionResult> learning_canary_section(const BenchOptions& options);
base::Result<SectionResult> learning_drift_section(const BenchOptions& options);
base::Result<SectionResult> learning_off_policy_section(const BenchOptions& options);

}  // namespace pointsman::bench
