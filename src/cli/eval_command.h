// `pointsman eval`: how good a classifier is on labelled examples.
// No network, no configuration.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_eval_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
