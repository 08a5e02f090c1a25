// The program: one binary, its subcommands, and nothing else.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>

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
  CLI11_PARSE(app, argc, argv);
  if (command->parsed()) return pointsman::app::serve(serve);
  return 2;
}
