// An evaluation as `eval` and `train` show it: tables for people, one JSON object for programs. Pure but for the
// output.
//
// Shares that nothing was observed for are "-" and null, never 0.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"
#include "learn/evaluate.h"

namespace pointsman::cli {

// {"model", "examples", "accuracy", "accuracy_interval": [low, high], "macro_f1", "ece", "brier", "nll",
// "per_category": {name: {"precision", "precision_interval", "recall", "recall_interval", "f1", "support"}},
// "confusion": [{"true", "predicted", "count"}], "coverage": [{"share", "accuracy", "threshold"}], "calibration":
// [{"count", "confidence", "accuracy"}]}. Intervals are 95 %.
std::string evaluation_json(const learn::Evaluation& evaluation, std::string_view model_version);

// Overall numbers, a row for each category, the commonest confusions.
void print_evaluation(const learn::Evaluation& evaluation, Output& out);
// Only the rows for the categories.
void print_categories(const learn::Evaluation& evaluation, Output& out);

// "0.934 [0.901, 0.957]", "-" if nothing was observed.
std::string with_interval(const learn::Share& share);

}  // namespace pointsman::cli
