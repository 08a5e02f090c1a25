// A routing study as people read it: the verdict first, then the table, the curve and what it all rests on.
// Pure but for the output it is given.
#pragma once

#include "cli/output.h"
#include "learn/routing_study.h"

namespace pointsman::cli {

void print_routing_study(const learn::RoutingStudy& study, Output& out);

}  // namespace pointsman::cli
