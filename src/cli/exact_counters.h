// Exact token counters for the prompt of the small model, from the vocabularies that are built into the program.
// One thread; opening a vocabulary takes some ten milliseconds and is done once.
#pragma once

#include "config/config.h"
#include "consult/token_count.h"

namespace pointsman::cli {

// None unless router.llm is configured, and none of a vocabulary that is not in this build.
consult::Counters exact_counters(const config::Config& config);

}  // namespace pointsman::cli
