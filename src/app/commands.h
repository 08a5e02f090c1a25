// The subcommands that run the gateway itself: `serve` and `demo`.
//
// Called once by main; `app` and `context` outlive the parsing of the command line.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::app {

void add_commands(CLI::App& app, cli::Context& context);

}  // namespace pointsman::app
