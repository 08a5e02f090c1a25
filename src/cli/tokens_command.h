// `pointsman tokens`: how many tokens a text has, counted exactly.
// From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_tokens_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
