// A tuning as people read it (a table, a picture, sentences) and as programs do (one JSON object).
// Pure but for the output.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"
#include "cli/tuning.h"

namespace pointsman::cli {

void print_tuning(const Tuning& tuning, Output& out);

// {"certificate": {...}, "kept", "kept_interval", "observed", "outside", "categories": [{"name", "threshold", "called",
// "kept"}], "curve": [{"at_most", "certified", "kept", "kept_interval", "observed", "bound", "reachable",
// "dollars_per_request"}], "fallback_dollars_per_request", "more": {"if_faultless", "for_anything", "for_reachable",
// "expected": [{"labels", "kept"}]}}.
// Unknown is null.
std::string tuning_json(const Tuning& tuning);

}  // namespace pointsman::cli
