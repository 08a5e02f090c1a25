// Estimates of another router, for people and for programs.
// Pure but for the output it writes to.
#pragma once

#include <string>

#include "cli/off_policy_log.h"
#include "cli/output.h"

namespace pointsman::cli {

// `what` says what was changed ("thresholds 0.8"), `rewards` what is estimated ("reward", "dollars").
void print_off_policy(const OffPolicyReport& report, std::string_view what, std::string_view rewards, Output& out);
// One JSON object with every number.
std::string off_policy_json(const OffPolicyReport& report, std::string_view what, std::string_view rewards);

}  // namespace pointsman::cli
