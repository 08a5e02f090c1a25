// A configuration at a glance, for a person: where clients connect, who answers, what is known about the models.
//
// Pure but for the output. Never shows a secret.
#pragma once

#include <string_view>

#include "cli/output.h"
#include "gateway/snapshot.h"

namespace pointsman::cli {

void print_summary(const gateway::Snapshot& snapshot, std::string_view source, Output& out);

}  // namespace pointsman::cli
