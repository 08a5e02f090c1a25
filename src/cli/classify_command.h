// `pointsman classify`: runs a classifier over texts from standard input or the command line.
// No network, no configuration.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_classify_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
