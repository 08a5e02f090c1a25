#include "cli/version_command.h"

#include <CLI/CLI.hpp>

namespace pointsman::cli {

void add_version_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version of this program");
  command->footer("Example:\n  pointsman version");
  command->callback([&context] { context.out.print("pointsman {}\n", context.version); });
}

}  // namespace pointsman::cli
