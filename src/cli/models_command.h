// `pointsman models`: the classifiers there are, which of them serve, and what happened to them.
// Only reads; a gateway may be running meanwhile.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_models_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
