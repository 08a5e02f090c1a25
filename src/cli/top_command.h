// `pointsman top`: a live view of a running gateway for people at a terminal, and one picture of it for scripts.
// From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_top_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
