// The program: one binary, its subcommands, and nothing else.
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "starter/starter.h"

int main(int argc, char** argv) {
  pointsman::cli::Context context;
  context.version = POINTSMAN_VERSION;
  context.builtin_model = pointsman::starter::artefact();
  CLI::App app("Pointsman sends each prompt to the cheapest model that can answer it.");
  pointsman::app::add_commands(app, context);
  pointsman::cli::add_commands(app, context);
  return pointsman::cli::run(app, context, argc, argv);
}
