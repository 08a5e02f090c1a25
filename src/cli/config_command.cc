#include "cli/config_command.h"

#include <CLI/CLI.hpp>

#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/registry_at.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "ledger_drivers/shared_config.h"

namespace pointsman::cli {
namespace {

using base::Result;

constexpr std::size_t kMostBytes = 4U << 20;

struct Options {
  std::string url;
  std::string file;
  std::int64_t number = 0;
  std::size_t limit = 20;
};

Result<void> push(const Options& options, Context& context) {
  // With everything wrong with it told, as `check` does.
  if (!find_config(options.file, context)) return {};
  PM_TRY(const std::string text, read_file(options.file, kMostBytes));
  PM_TRY(const auto store, ledger_drivers::config_store_at(options.url));
  PM_TRY(const auto before, store->newest());
  PM_TRY(const std::int64_t number,
         store->put({.at = context.clock->wall(), .who = user_name(context.environment), .text = text}));
  const bool same = before && before->number == number;
  context.out.print("configuration {} {}\n", number, same ? "is this one already" : "counts now, for all replicas");
  return {};
}

Result<void> history(const Options& options, Context& context) {
  PM_TRY(const auto store, ledger_drivers::config_store_at(options.url));
  PM_TRY(const auto all, store->list(options.limit));
  Table table({{"number", Table::Align::kRight}, {"since (UTC)"}, {"who"}});
  for (const ledger::ConfigDocument& one : all) {
    table.add({std::to_string(one.number), utc(one.at), printable(one.who)});
  }
  table.print(context.out);
  return {};
}

Result<void> show(const Options& options, Context& context) {
  PM_TRY(const auto store, ledger_drivers::config_store_at(options.url));
  if (options.number > 0) {
    PM_TRY(const auto found, store->find(options.number));
    context.out.write(found.text);
    return {};
  }
  PM_TRY(const auto newest, ledger_drivers::newest_config(options.url));
  context.out.write(newest.text);
  return {};
}

using Step = Result<void> (*)(const Options&, Context&);

CLI::App* add(CLI::App& config, const char* name, const char* what, const std::shared_ptr<Options>& options, Step step,
              Context& context) {
  CLI::App* command = config.add_subcommand(name, what);
  command->callback([options, step, &context] {
    if (!ledger_drivers::is_database(options->url)) {
      return context.fail("the database's URL begins with postgresql://", kUsage);
    }
    if (const auto done = step(*options, context); !done) context.fail(done.error());
  });
  return command;
}

}  // namespace

void add_config_command(CLI::App& app, Context& context) {
  CLI::App* config = app.add_subcommand("config", "The configuration that several replicas read from a database");
  config->require_subcommand(1);
  config->footer(
      "Replicas are started with `pointsman serve --config postgresql://...` and follow it within two seconds.");
  auto options = std::make_shared<Options>();
  CLI::App* command = add(*config, "push", "Check a file, and have all replicas serve by it", options, &push, context);
  command->add_option("file", options->file, "The configuration file")->required();
  command->add_option("--to", options->url, "URL of the database")->required()->type_name("URL");
  command->footer(
      "Paths in it are those of each replica, and must be absolute.\n\nExample:\n"
      "  pointsman config push pointsman.yaml --to postgresql://pointsman@db/pointsman");
  command = add(*config, "history", "List what was pushed, the newest first", options, &history, context);
  command->add_option("--of", options->url, "URL of the database")->required()->type_name("URL");
  command->add_option("-n,--limit", options->limit, "So many")->capture_default_str();
  command = add(*config, "show", "Print one as it was pushed", options, &show, context);
  command->add_option("number", options->number, "Which one (default: the newest)");
  command->add_option("--of", options->url, "URL of the database")->required()->type_name("URL");
}

}  // namespace pointsman::cli
