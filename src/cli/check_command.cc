#include "cli/check_command.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cli/classifier_loader.h"
#include "cli/config_summary.h"
#include "cli/encoder_loader.h"
#include "cli/exact_counters.h"
#include "cli/find_config.h"
#include "cli/small_model_text.h"
#include "config/describe.h"
#include "config/json_schema.h"
#include "config/overlay.h"

namespace pointsman::cli {
namespace {

struct Options {
  std::string config;
  bool schema = false;
  bool effective = false;
};

// How the small model will be asked, measured or not; null: there is none.
base::Result<gateway::ConsultantPtr> small_model_of(const gateway::Snapshot& snapshot,
                                                    const consult::Counters& counters) {
  if (snapshot.consultant || !snapshot.config.router.llm) return snapshot.consultant;
  return gateway::make_consultant(snapshot.config, counters);
}

// Prices and windows that come from a catalogue that has not been looked over for long.
void print_old_facts(const config::Config& config, Context& context) {
  const auto catalogue = route::Catalogue::built_in();
  if (!catalogue) return;
  const auto today = std::chrono::floor<std::chrono::days>(context.clock->wall());
  std::vector<std::string> old;
  for (const auto& one : concerns(*catalogue, config::configured_models(config), today, route::kOldAfter)) {
    if (one.concern == route::CatalogueConcern::kOld) old.push_back(fmt::format("{} ({})", one.model, one.as_of));
  }
  if (old.empty()) return;
  context.out.print(
      "  note: the catalogue's facts about {} are more than {} days old; see `pointsman catalogue check`\n",
      fmt::join(old, ", "), route::kOldAfter.count());
}

void run_check(const Options& options, Context& context) {
  if (options.schema) return context.out.write(config::json_schema() + "\n");
  const auto found = find_config(options.config, context);
  if (!found) return;
  const consult::Counters counters = exact_counters(found->config);
  const auto snapshot = gateway::build_snapshot(found->config, classifier_loader(context.builtin_model), nullptr,
                                                encoder_loader(context.environment), counters);
  if (!snapshot) {
    return context.fail(base::Error(snapshot.error()).in(found->source()), kCheckFailed);
  }
  const auto consultant = small_model_of(**snapshot, counters);
  if (!consultant) return context.fail(base::Error(consultant.error()).in(found->source()), kCheckFailed);
  if (options.effective) return context.out.write(config::describe_yaml((*snapshot)->config));
  print_summary(**snapshot, found->source(), context.out);
  print_old_facts(found->config, context);
  if (!*consultant) return;
  std::vector<std::string> categories;
  for (const config::CategoryConfig& one : (*snapshot)->config.categories) categories.push_back(one.name);
  print_small_model(**consultant, categories, context.out);
}

}  // namespace

void add_check_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("check", "Check the configuration and tell everything that is wrong with it");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The file to check")->type_name("FILE");
  CLI::Option* schema =
      command->add_flag("--schema", options->schema, "Print the JSON Schema of pointsman.yaml instead");
  command->add_flag("--effective", options->effective, "Print the effective configuration as YAML, without its secrets")
      ->excludes(schema);
  command->footer(
      "Without --config this is $POINTSMAN_CONFIG, or the first that exists of ./pointsman.yaml,\n"
      "$XDG_CONFIG_HOME/pointsman/pointsman.yaml and /etc/pointsman/pointsman.yaml, or what the API keys in the\n"
      "environment give. The exit code is 3 if something is wrong.\n\n"
      "Example:\n  pointsman check --config pointsman.yaml");
  command->callback([options, &context] { run_check(*options, context); });
}

}  // namespace pointsman::cli
