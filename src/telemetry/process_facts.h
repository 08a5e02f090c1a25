// What the operating system knows about this process, as metrics with the names every Prometheus client uses.
// Read on the thread that renders.
#pragma once

#include "telemetry/registry.h"

namespace pointsman::telemetry {

// CPU time, open and allowed descriptors, resident memory and start time; read from /proc when rendered. A fact that
// cannot be read is NaN.
void add_process_facts(Registry& registry);

}  // namespace pointsman::telemetry
