// `pointsman simulate`: simulated providers, for trying things out and for tests.
// Serves until SIGINT or SIGTERM.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_simulate_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
