// The program: one binary, its subcommands, and nothing else.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>

#include "app/demo.h"
#include "app/serve.h"
#include "classify/linear_model.h"
#include "starter/starter.h"

int main(int argc, char** argv) {
  CLI::App app("Pointsman: sends each prompt to the cheapest model that can answer it");
  app.require_subcommand(1);
  pointsman::app::ServeOptions serve{.version = POINTSMAN_VERSION};
  serve.load_classifier = [](const std::string&) -> pointsman::base::Result<std::shared_ptr<const pointsman::classify::Classifier>> {
    PM_TRY(auto model, pointsman::classify::LinearModel::open(pointsman::starter::artefact(), nullptr));
    return model;
  };
  CLI::App* const command = app.add_subcommand("serve", "Run the gateway");
  command->add_option("--config", serve.config_file, "Configuration file");
  pointsman::app::DemoOptions demo{.version = POINTSMAN_VERSION, .load_classifier = serve.load_classifier};
  CLI::App* const show = app.add_subcommand("demo", "Simulated providers, the real gateway, a labelled workload");
  show->add_flag("--json", demo.json, "Print the results as one JSON object");
  show->add_flag("--keep", demo.keep, "Leave the gateway up");
  show->add_option("--requests", demo.requests, "Send only so many of the prompts");
  CLI11_PARSE(app, argc, argv);
  if (show->parsed()) return pointsman::app::demo(demo);
  if (command->parsed()) return pointsman::app::serve(serve);
  return 2;
}
