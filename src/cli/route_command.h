// `pointsman route`: which model a text would go to, and why, without calling anybody.
// The same decider as the gateway's, with every model healthy.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_route_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
