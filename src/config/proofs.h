// Puts other proofs in the place of those that a configuration's files hold: a classifier that took the configured
// one's place brings its own certificate and pairing. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace pointsman::config {

// Each document replaces what router.risk or router.llm promises, thresholds included, under the same checks as a file;
// an empty one leaves it. Does nothing where the configuration promises nothing of that kind. kInvalidArgument with
// every problem.
base::Result<void> replace_proofs(Config& config, std::string_view certificate, std::string_view pairing);

}  // namespace pointsman::config
