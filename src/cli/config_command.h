// `pointsman config push|history|show`: the configuration that several replicas read from their database.
// From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_config_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
