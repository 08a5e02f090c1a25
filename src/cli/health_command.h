// `pointsman health`: whether the gateway of this machine takes requests, for health checks of containers and scripts,
// which then need no other program. From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_health_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
