#include "cli/savings_command.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "cli/ledger_at.h"
#include "cli/savings_text.h"
#include "cli/time_option.h"
#include "ledger/savings.h"

namespace pointsman::cli {
namespace {

struct Options {
  LedgerChoice ledger;
  std::string since = "30d";
  std::string until;
  std::string by = "route";
  ledger::Filter filter;
  bool json = false;
  bool csv = false;
};

void run_savings(Options& options, Context& context) {
  const base::WallTime now = context.clock->wall();
  const auto since = read_time(options.since, now);
  const auto until = read_time(options.until, now);
  if (!since || !until) return context.fail((since ? until : since).error(), kUsage);
  options.filter.since = *since;
  options.filter.until = *until;
  options.filter.newest_first = false;
  options.filter.limit = std::numeric_limits<std::size_t>::max();
  const auto reader = open_ledger(options.ledger, context);
  if (!reader) return;
  ledger::SavingsFold fold(*ledger::savings_by_from(options.by));
  const auto done = reader->scan(options.filter, [&fold](const ledger::Entry& entry) {
    fold.add(entry);
    return true;
  });
  if (!done) return context.fail(done.error());
  const ledger::SavingsReport report = fold.report();
  if (options.json) {
    std::string text;
    ledger::append_json(text, report);
    return context.out.write(text + "\n");
  }
  if (options.csv) return context.out.write(savings_csv(report));
  if (report.total.requests == 0) return context.err.write("no entries match\n");
  print_savings(report, context.out);
}

}  // namespace

void add_savings_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("savings", "Show what routing saved against the stated baseline");
  auto options = std::make_shared<Options>();
  options->ledger.add_options(*command);
  command->add_option("--since", options->since, "From then on: 1h, 7d, 2026-01-02, 2026-01-02T15:04 (UTC)")
      ->capture_default_str();
  command->add_option("--until", options->until, "Only before then");
  command->add_option("--by", options->by, "A line for each route, model, day, key or owner")
      ->check(CLI::IsMember({"route", "model", "day", "key", "owner"}))
      ->capture_default_str();
  command->add_option("--category", options->filter.category, "Only this category");
  command->add_option("--model", options->filter.model, "Only answered by this model");
  CLI::Option* json = command->add_flag("--json", options->json, "One JSON object, with a line for each day as well");
  command->add_flag("--csv", options->csv, "Comma-separated values")->excludes(json);
  command->footer(
      "Cost is all that was paid: answers, answers that were not released, classification, summaries. Requests whose\n"
      "price or usage is unknown are left out and counted.\n\nExample:\n  pointsman savings --since 30d --by model");
  command->callback([options, &context] { run_savings(*options, context); });
}

}  // namespace pointsman::cli
