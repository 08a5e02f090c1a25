// A measurement of both opinions as people read it (tables, sentences, the lines to write into the configuration) and
// as programs do (one JSON object). Pure but for the output.
#pragma once

#include <string>
#include <string_view>

#include "cli/opinion_survey.h"
#include "cli/output.h"
#include "cli/paired_measurement.h"

namespace pointsman::cli {

struct PairReport {
  const Measurement& measurement;
  const AskingBill& bill;
  std::string model;     // the small model
  std::string pairing;   // the path to name in the configuration
  std::string provider;  // empty: that of the model
};

void print_pairing(const PairReport& report, Output& out);

// {"pairing": {...}, "opinions": [{"source", "rows", "pooled": {"nll", "accuracy", "ece"}, "local", "model"}], "rows":
// {"teaching", "proving", "unusable", "unheard"}, "both": {"asked", "kept", "lost", "dollars_per_request"}, "alone",
// "fallback_dollars_per_request", "asking": {"questions", "answers_kept_before", "dollars", "dollars_per_question",
// "median_us", "late"}}. Unknown is null.
std::string pairing_json(const PairReport& report);

}  // namespace pointsman::cli
