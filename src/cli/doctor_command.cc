#include "cli/doctor_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/exact_counters.h"
#include "cli/find_config.h"
#include "cli/health_checks.h"
#include "cli/reach_checks.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using enum HealthState;

struct Options {
  std::string config;
  bool offline = false;
  bool json = false;
};

std::string summary_of(const gateway::Snapshot& snapshot, const std::string& source) {
  const config::Config& config = snapshot.config;
  return fmt::format("{}: {} of {}, {}", source, count_of(config.models.size(), "model", "models"),
                     count_of(config.providers.size(), "provider", "providers"),
                     count_of(config.categories.size(), "category", "categories"));
}

HealthItems examine(const Options& options, Context& context) {
  config::DiskFiles files;
  const auto found = find_config(options.config, {files, context.environment, config::Pairings::kRead});
  if (!found) {
    HealthItems out;
    for (const std::string& problem : found.error()) {
      out.push_back({"configuration", kBad, problem, "pointsman check tells the same; the rest was not looked at"});
    }
    return out;
  }
  const auto snapshot = gateway::build_snapshot(found->config, classifier_loader(context.builtin_model), nullptr,
                                                encoder_loader(context.environment), exact_counters(found->config));
  if (!snapshot) {
    return {{"configuration", kBad, found->source() + ": " + snapshot.error().message(),
             "mend that first; the rest was not looked at"}};
  }
  const base::WallTime now = context.clock->wall();
  HealthItems out{{"configuration", kOk, summary_of(**snapshot, found->source()), ""}};
  const auto add = [&out](HealthItems more) { std::ranges::move(more, std::back_inserter(out)); };
  add(check_health(**snapshot, found->file, now));
  add(check_ports((*snapshot)->config));
  if (options.offline) return out;
  add(check_providers(**snapshot, now));
  add(check_redis((*snapshot)->config.shared));
  add(check_collector((*snapshot)->config.telemetry));
  return out;
}

std::size_t count(const HealthItems& items, HealthState state) {
  return static_cast<std::size_t>(std::ranges::count(items, state, &HealthItem::state));
}

void print_json(const HealthItems& items, Output& out) {
  std::string text;
  {
    json::Writer json(text);
    json.begin_object().member("ok", count(items, kBad) == 0).key("checks").begin_array();
    for (const HealthItem& one : items) {
      json.begin_object().member("check", one.what).member("state", to_string(one.state)).member("text", one.text);
      if (!one.fix.empty()) json.member("fix", one.fix);
      json.end_object();
    }
    json.end_array().end_object();
  }
  out.write(text + "\n");
}

void print_lines(const HealthItems& items, Output& out) {
  std::size_t width = 0;
  for (const HealthItem& one : items) width = std::max(width, columns_of(one.what));
  for (const HealthItem& one : items) {
    const std::string state = fmt::format("{:<4}", to_string(one.state));
    out.print("{}  {}{}  {}\n", one.state == kOk ? state : out.bold(state), one.what,
              std::string(width - columns_of(one.what), ' '), printable(one.text, 400));
    if (!one.fix.empty()) out.print("      {}  -> {}\n", std::string(width, ' '), printable(one.fix, 400));
  }
  out.print("\n{}: {} in order, {} to look at, {} bad\n", count_of(items.size(), "check", "checks"), count(items, kOk),
            count(items, kWarn), count(items, kBad));
}

void run_doctor(const Options& options, Context& context) {
  const HealthItems items = examine(options, context);
  if (options.json) {
    print_json(items, context.out);
  } else {
    print_lines(items, context.out);
  }
  if (count(items, kBad) > 0) context.exit_code = kCheckFailed;
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* const command =
      app.add_subcommand("doctor", "Look whether everything is in order for serving, and say what to do if not");
  const auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The configuration file (default: the usual places)")
      ->type_name("FILE");
  command->add_flag("--offline", options->offline, "Ask neither providers, nor Redis, nor the collector of traces");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->footer(
      "Looks at the configuration, keys, file permissions, the ledger and its disk, the clock, the catalogue, the\n"
      "classifier and its thresholds, limits and ports, asks every provider for its list of models, which costs "
      "nothing,\n"
      "and tries Redis where it is configured. Each line is ok, warn or bad. The exit code is 3 if one is bad.\n\n"
      "Examples:\n  pointsman doctor\n  pointsman doctor --offline --json");
  command->callback([options, &context] { run_doctor(*options, context); });
}

}  // namespace pointsman::cli
