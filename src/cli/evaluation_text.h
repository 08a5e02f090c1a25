// An evaluation as `eval` and `train` show it: tables for people, one JSON object for programs. Pure but for the
// output.
//
// Shares that nothing was observed for are "-" and null, never 0.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"
#include "learn/dataset.h"
#include "learn/evaluate.h"

namespace pointsman::cli {

// {"model", "examples", "accuracy", "accuracy_interval": [low, high], "macro_f1", "ece", "brier", "nll", "aurc",
// "outside", "outside_auroc", "outside_surest": [example], "per_category": {name: {"precision", "precision_interval",
// "recall", "recall_interval", "f1", "support", "low_sample"}}, "confusion": [{"true", "predicted", "count"}],
// "mistakes": [{"true", "predicted", "count", "examples": [example]}], "coverage" and "risk_coverage": [{"share",
// "accuracy", "threshold"}], "calibration": [{"count", "right", "confidence", "accuracy", "interval"}]}, an example
// being
// {"line", "text"}. Intervals are 95 %. `data` is what was judged.
std::string evaluation_json(const learn::Evaluation& evaluation, const learn::Dataset& data,
                            std::string_view model_version);

// Overall numbers, a row for each category, the commonest mistakes with an example each.
void print_evaluation(const learn::Evaluation& evaluation, const learn::Dataset& data, Output& out);
// Only the rows for the categories; of many, the weakest.
void print_categories(const learn::Evaluation& evaluation, Output& out);

// "0.934 [0.901, 0.957]", "-" if nothing was observed.
std::string with_interval(const learn::Share& share);

}  // namespace pointsman::cli
