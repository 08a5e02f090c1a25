// `pointsman check`: loads the configuration and says everything that is wrong with it.
// Exit code 3 when something is.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_check_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
