// `pointsman init`: writes a commented configuration for the API keys in the environment.
// Never overwrites unless told to; never writes a key.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_init_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
