// The command line: all commands of this module, and running one of them.
// From the main thread, once.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

// Adds every command but `serve` and `demo`, which belong to app/. `app` and `context` outlive the parsing.
void add_commands(CLI::App& app, Context& context);

// Parses the arguments and runs the command they name. Returns the exit code: the command's own, kUsage when the line
// is not understood (with what is wrong, and the nearest command for a mistyped one), kOk for --help and --version.
int run(CLI::App& app, Context& context, int argc, const char* const* argv);

}  // namespace pointsman::cli
