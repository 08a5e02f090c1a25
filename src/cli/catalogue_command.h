// `pointsman catalogue`: what the built-in catalogue says of models, and what of it is not to be relied on.
// Needs no gateway and no network.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_catalogue_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
