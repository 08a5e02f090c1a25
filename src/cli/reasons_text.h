// Why a text was classified so (classify/reasons.h), as `classify` and `route` show it: lines for people, members of a
// JSON object for programs; and how long each stage takes here.
//
// Texts of training examples are shown made printable: they come from files.
#pragma once

#include "classify/reasons.h"
#include "cli/output.h"
#include "json/writer.h"

namespace pointsman::cli {

// Microseconds of the quickest of many repetitions.
struct StageTimes {
  double features = 0;
  double linear = 0;   // with looking the features up
  double network = 0;  // 0 if it was not asked
};

// Runs the stages again and again for at most about 50 ms.
StageTimes measure_stages(const classify::LinearModel& model, const classify::Input& input, bool network_asked);

struct Explained {
  const classify::LinearModel& model;
  const classify::Reasons& reasons;
  const StageTimes& times;
};

// How many features and examples people are shown; JSON has them all.
inline constexpr std::size_t kNearestShown = 5;

void print_reasons(const Explained& explained, Output& out);

// "runner_up", "log_odds", "prior", "network": {"asked", "log_odds", "linear_category", "linear_probability"},
// "in_scope", "unseen_words", "unseen_characters", "unknown_features", "features": [{"kind", "text", "word",
// "log_odds"}], "nearest":
// [{"category", "similarity", "text"}], "stages_us": {"features", "linear", "network"}.
void write_reasons(const Explained& explained, json::Writer& json);

}  // namespace pointsman::cli
