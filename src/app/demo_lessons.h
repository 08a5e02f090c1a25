// What simulated people say about the demo's decisions, as files that a newcomer takes from there: `demo --learn DIR`.
// Writes files; main thread.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "config/config.h"

namespace pointsman::app {

// In `folder`: pointsman.yaml, which names the demo's ledger and is for the commands that read it; and by the labels
// that the workload came with, golden.jsonl (a third of the decisions), slice.jsonl (a fifth, drawn by chance) and
// corrections.jsonl (the rest). Which decision goes where is settled by its id. `label_of` maps decisions to
// categories.
base::Result<void> write_lessons(const std::string& folder, const config::Config& config,
                                 const std::map<std::string, std::string>& label_of);

}  // namespace pointsman::app
