#include "app/commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "app/demo.h"
#include "app/passwd_command.h"
#include "app/report_command.h"
#include "app/serve.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"

namespace pointsman::app {
namespace {

void add_serve(CLI::App& app, cli::Context& context) {
  CLI::App* const command = app.add_subcommand("serve", "Run the gateway until it is told to stop");
  command->footer(
      "Without a configuration it serves the providers whose API keys are in the environment, on loopback.\n"
      "The file is read again when it changes and on SIGHUP; a bad one changes nothing.\n\n"
      "Example:\n  OPENAI_API_KEY=sk-... pointsman serve");
  const auto config = std::make_shared<std::string>();
  command->add_option("--config", *config, "The configuration file (default: the usual places)");
  command->callback([&context, config] {
    ServeOptions options;
    options.config_file = *config;
    options.version = context.version;
    options.load_classifier = cli::classifier_loader(context.builtin_model);
    options.load_encoder = cli::encoder_loader(context.environment);
    context.exit_code = serve(options, context);
  });
}

void add_demo(CLI::App& app, cli::Context& context) {
  CLI::App* const command =
      app.add_subcommand("demo", "Route a labelled workload through the gateway to simulated providers");
  command->footer(
      "No key is needed and nobody is billed: providers and prices are simulated. Categories and classifier\n"
      "(the built-in one, which asks no encoder) are the demo's own; for yours, run `pointsman simulate` and\n"
      "`pointsman serve --config FILE` with its addresses.\n\n"
      "Example:\n  pointsman demo --keep");
  const auto options = std::make_shared<DemoOptions>();
  command->add_flag("--json", options->json, "Print the results as one JSON object, in the last line");
  command->add_flag("--keep", options->keep, "Leave the gateway up afterwards, on port 8080, and print a curl line");
  command
      ->add_option(
          "--learn", options->learn,
          "Keep the ledger in this folder, and write what simulated people say about the decisions, to try how "
          "the router learns")
      ->type_name("DIR");
  command->add_option("--requests", options->requests, "Send only so many of the prompts")->check(CLI::PositiveNumber);
  command->callback([&context, options] {
    options->version = context.version;
    options->load_classifier = cli::classifier_loader(context.builtin_model);
    context.exit_code = demo(*options);
  });
}

}  // namespace

void add_commands(CLI::App& app, cli::Context& context) {
  add_serve(app, context);
  add_demo(app, context);
  add_passwd_command(app, context);
  add_report_command(app, context);
}

}  // namespace pointsman::app
