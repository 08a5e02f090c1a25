// `pointsman simulate`: the simulated providers as a program of their own.
// Called once, from the main thread.
#pragma once

#include "base/result.h"
#include "simulate/options.h"

namespace pointsman::simulate {

// Starts the providers, prints one line for each ("simulated provider sim-small on http://127.0.0.1:9101/v1"), and
// serves until SIGINT or SIGTERM. Returns the exit code, 0. Call it from the main thread before others are started:
// the two signals are blocked meanwhile.
base::Result<int> run_simulate(const Options& options);

}  // namespace pointsman::simulate
