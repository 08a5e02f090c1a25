#include "cli/migrate_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "cli/find_config.h"
#include "cli/progress_line.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "config/defaults.h"
#include "json/writer.h"
#include "ledger_drivers/move.h"
#include "ledger_drivers/open.h"
#include "ledger_drivers/shared_config.h"

namespace pointsman::cli {
namespace {

using ledger_drivers::Move;
using ledger_drivers::MovedPart;

struct Options {
  std::string from = "sqlite";
  std::string to = "postgres";
  std::string config;
  bool json = false;
};

// Nothing after a failure, which has been told.
std::optional<Move> plan(const Options& options, Context& context) {
  Move move;
  std::optional<config::LedgerConfig> ledger;
  if (options.from == "sqlite" || options.to == "postgres") {
    const auto found = find_config(options.config, context);
    if (!found) return std::nullopt;
    ledger = found->config.ledger;
  }
  move.directory = options.from == "sqlite" ? ledger->path : options.from;
  if (ledger_drivers::is_database(options.to)) {
    move.target.url = options.to;
  } else if (options.to != "postgres") {
    context.fail("--to takes 'postgres' or the URL of a database, postgresql://user@host:5432/name", kUsage);
    return std::nullopt;
  } else if (!ledger->postgres) {
    context.fail("the configuration names no database: set ledger.postgres.url, or give --to postgresql://...");
    return std::nullopt;
  } else {
    move.target = ledger_drivers::target_of(*ledger->postgres);
  }
  return move;
}

void print_parts(const std::vector<MovedPart>& parts, Output& out) {
  Table table({{"table"},
               {"rows", Table::Align::kRight},
               {"in the database", Table::Align::kRight},
               {"SHA-256 of all values"},
               {""}});
  for (const MovedPart& one : parts) {
    table.add({one.name, std::to_string(one.rows), std::to_string(one.there), one.digest.substr(0, 16),
               one.same() ? "same" : "DIFFERENT"});
  }
  table.print(out);
}

void write_parts(const std::vector<MovedPart>& parts, Output& out) {
  std::string body;
  json::Writer json(body);
  json.begin_array();
  for (const MovedPart& one : parts) {
    json.begin_object().member("table", one.name).member("rows", one.rows).member("rows_there", one.there);
    json.member("sha256", one.digest).member("sha256_there", one.digest_there).member("same", one.same()).end_object();
  }
  json.end_array();
  out.write(body + "\n");
}

void run_migrate(const Options& options, Context& context) {
  auto move = plan(options, context);
  if (!move) return;
  std::optional<ProgressLine> line(context.err);
  move->progress = [&](std::string_view what, std::uint64_t done, std::uint64_t of) {
    line->show({what, static_cast<int>(done), static_cast<int>(of)});
  };
  const auto parts = ledger_drivers::move_ledger(*move, context.clock->wall());
  line.reset();
  if (!parts) return context.fail(parts.error());
  options.json ? write_parts(*parts, context.out) : print_parts(*parts, context.out);
  if (!std::ranges::all_of(*parts, &MovedPart::same)) {
    return context.fail("the two do not hold the same: does a gateway write to the database already?", kCheckFailed);
  }
  // Not its URL, which may hold a password.
  context.err.print("all of {} is in the database; the files are as they were\n", printable(move->directory, 200));
}

}  // namespace

void add_migrate_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("migrate", "Move the ledger from files into a PostgreSQL database");
  auto options = std::make_shared<Options>();
  command->add_option("--from", options->from, "'sqlite' (the configuration's ledger.path) or a ledger's directory")
      ->type_name("PLACE")
      ->capture_default_str();
  command
      ->add_option("--to", options->to,
                   "'postgres' (the configuration's ledger.postgres) or the URL of an empty database")
      ->type_name("PLACE")
      ->capture_default_str();
  command->add_option("--config", options->config, "The configuration file (default: the usual places)")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print counts and digests as JSON");
  command->footer(
      "Stop the gateway first. A move that was interrupted goes on where it was when it is started again; in the end\n"
      "every value is read back and compared. Exit code 3: they differ.\n\n"
      "Example:\n  pointsman migrate --from sqlite --to postgres");
  command->callback([options, &context] { run_migrate(*options, context); });
}

}  // namespace pointsman::cli
