#include "cli/catalogue_command.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cli/find_config.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "config/defaults.h"
#include "config/overlay.h"
#include "config/sources.h"
#include "config/units.h"
#include "route/catalogue_check.h"

namespace pointsman::cli {
namespace {

using route::Catalogue;
using route::CatalogueEntry;

std::string price_text(const std::optional<base::TokenPrice>& price) {
  return price ? "$" + config::format_price(*price) : "-";
}

std::string count_text(const std::optional<std::int64_t>& tokens) {
  return tokens ? std::to_string(*tokens) : "unknown";
}

void run_list(Context& context) {
  const auto catalogue = Catalogue::built_in();
  if (!catalogue) return context.fail(catalogue.error());
  using enum Table::Align;
  Table table({{"model"},
               {"provider"},
               {"in", kRight},
               {"cached", kRight},
               {"cache write", kRight},
               {"out", kRight},
               {"long prompts"},
               {"as of"},
               {"source"}});
  for (const CatalogueEntry& entry : catalogue->entries()) {
    const route::Prices& prices = entry.model.prices;
    const std::string tiers = prices.tiers.empty() ? "-" : fmt::format("above {}", prices.tiers.front().above);
    table.add({entry.model.name, entry.model.provider, price_text(prices.input), price_text(prices.cached_input),
               price_text(prices.cache_write), price_text(prices.output), tiers, entry.as_of, entry.source});
  }
  table.print(context.out);
  context.out.write("\ndollars per million tokens; `pointsman catalogue show MODEL` tells all about one\n");
}

void print_rates(std::string_view title, const route::Rates& rates, Output& out) {
  out.print("{}\n", title);
  const auto line = [&out](std::string_view what, const std::optional<base::TokenPrice>& price) {
    if (price) out.print("  {:<22}{}\n", what, price_text(price));
  };
  line("prompt", rates.input);
  line("read from the cache", rates.cached_input);
  line("written to the cache", rates.cache_write);
  line("written for an hour", rates.long_cache_write);
  line("answer", rates.output);
  line("reasoning", rates.reasoning);
}

void print_entry(const CatalogueEntry& entry, Output& out) {
  const route::Model& model = entry.model;
  out.print("{}\n", out.bold(model.name));
  out.print("  provider              {}\n", model.provider);
  if (model.upstream_name != model.name) out.print("  there called          {}\n", model.upstream_name);
  if (!entry.aliases.empty()) out.print("  also called           {}\n", fmt::join(entry.aliases, ", "));
  out.print("  context window        {}\n", count_text(model.context_window));
  out.print("  longest prompt        {}\n", count_text(model.max_input));
  out.print("  longest answer        {}\n", count_text(model.max_output));
  const auto names = model.capabilities.names();
  out.print("  can do                {}\n", names.empty() ? "chat" : fmt::format("{}", fmt::join(names, ", ")));
  if (model.prices.known()) {
    print_rates("\ndollars per million tokens", model.prices.base_rates(), out);
  } else {
    out.write("\nno price is known\n");
  }
  for (const route::PriceTier& tier : model.prices.tiers) {
    print_rates(fmt::format("\nthe whole request, where the prompt is longer than {} tokens", tier.above), tier, out);
  }
  if (model.prices.image) out.print("  {:<22}{} each\n", "pictures", dollars(model.prices.image));
  if (model.prices.batch) out.print("  {:<22}{} of these\n", "in batches", percent(*model.prices.batch));
  if (model.prices.flex) out.print("  {:<22}{} of these\n", "flex", percent(*model.prices.flex));
  if (model.prices.priority) out.print("  {:<22}{} of these\n", "priority", percent(*model.prices.priority));
  out.print("\nprices as of {}, source: {}\n", entry.as_of, entry.source);
  if (!entry.limits_source.empty()) out.print("window and limits: {}\n", entry.limits_source);
}

void run_show(const std::string& name, Context& context) {
  const auto catalogue = Catalogue::built_in();
  if (!catalogue) return context.fail(catalogue.error());
  const CatalogueEntry* entry = catalogue->find(name);
  if (entry != nullptr) return print_entry(*entry, context.out);
  const auto near = catalogue->nearest(name);
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "));
  context.fail(fmt::format("the catalogue does not know {}{}", printable(name), hint));
}

struct CheckOptions {
  std::string config;
  std::string max_age = "90d";
};

// The models of the configuration, or none where there is no configuration at all. Nothing after a failure, which has
// been told.
std::optional<std::vector<route::ConfiguredModel>> configured(const std::string& named, Context& context) {
  config::DiskFiles files;
  const bool no_file = locate_config(named, {files, context.environment}).empty();
  if (no_file && !config::from_environment(context.environment)) return std::vector<route::ConfiguredModel>();
  const auto found = find_config(named, context, config::Pairings::kIgnored);
  if (!found) return std::nullopt;
  return config::configured_models(found->config);
}

void run_check(const CheckOptions& options, Context& context) {
  const auto max_age = config::parse_duration(options.max_age);
  if (!max_age) {
    return context.fail(fmt::format("--max-age {}: write a time, such as 90d", printable(options.max_age)), kUsage);
  }
  const auto catalogue = Catalogue::built_in();
  if (!catalogue) return context.fail(catalogue.error());
  const auto models = configured(options.config, context);
  if (!models) return;
  const auto today = std::chrono::floor<std::chrono::days>(context.clock->wall());
  const auto days = std::chrono::floor<std::chrono::days>(*max_age);
  const route::CatalogueAge age = age_of(*catalogue, today, days);
  context.out.print("{} models in the catalogue, looked up between {} and {}\n", age.entries, age.oldest, age.newest);
  if (age.old > 0) {
    context.out.print("  {} older than {} days\n", count_of(age.old, "entry is", "entries are"), days.count());
  }
  const auto found = concerns(*catalogue, *models, today, days);
  if (!models->empty()) {
    context.out.print("{} in the configuration\n", count_of(models->size(), "model", "models"));
  }
  for (const route::ModelConcern& one : found) {
    context.out.print("  {}: {}\n", printable(one.model, 60), printable(describe(one), 200));
  }
  const bool in_order = models->empty() ? age.old == 0 : found.empty();
  if (in_order) return context.out.write("nothing is to be done\n");
  context.exit_code = kCheckFailed;
}

}  // namespace

void add_catalogue_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("catalogue", "Show and check the built-in catalogue of models and prices");
  command->require_subcommand(1);
  command->add_subcommand("list", "List all models with their prices")->callback([&context] { run_list(context); });

  CLI::App* show = command->add_subcommand("show", "Tell all that is known about a model, and where from");
  auto name = std::make_shared<std::string>();
  show->add_option("model", *name, "Its name")->required();
  show->callback([name, &context] { run_show(*name, context); });

  CLI::App* check = command->add_subcommand("check", "Warn of facts that are old, unverified or missing");
  auto options = std::make_shared<CheckOptions>();
  check->add_option("--config", options->config, "The file whose models are checked")->type_name("FILE");
  check->add_option("--max-age", options->max_age, "Facts older than this are to be looked up again")
      ->capture_default_str();
  check->footer(
      "With a configuration its models count, without one all of the catalogue. The exit code is 3 if something is to\n"
      "be done.\n\nExample:\n  pointsman catalogue check --max-age 60d");
  check->callback([options, &context] { run_check(*options, context); });
}

}  // namespace pointsman::cli
