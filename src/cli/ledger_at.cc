#include "cli/ledger_at.h"

#include <CLI/CLI.hpp>

#include "cli/find_config.h"
#include "config/defaults.h"
#include "ledger_drivers/open.h"

namespace pointsman::cli {

void LedgerChoice::add_options(CLI::App& command) {
  command
      .add_option("--ledger", place,
                  "Directory of the ledger, or the URL of its PostgreSQL database (default: the configuration's)")
      ->type_name("DIR");
  command.add_option("--config", config, "Configuration that names the ledger")->type_name("FILE");
}

// Without any configuration there may still be a ledger in its usual place.
ledger::BackendPtr find_ledger(const LedgerChoice& choice, Context& context) {
  if (!choice.place.empty()) return ledger_drivers::backend_at(choice.place);
  config::DiskFiles files;
  const config::Sources sources{files, context.environment};
  if (locate_config(choice.config, sources).empty()) {
    return ledger_drivers::backend_at(config::default_ledger_path(context.environment));
  }
  const auto found = find_config(choice.config, context);
  if (found) return ledger_drivers::backend_of(found->config.ledger);
  context.err.write("--ledger DIR reads a ledger without a configuration\n");
  return nullptr;
}

ledger::BackendPtr find_ledger(const std::string& named, const config::LedgerConfig& ledger) {
  return named.empty() ? ledger_drivers::backend_of(ledger) : ledger_drivers::backend_at(named);
}

std::unique_ptr<ledger::Reader> open_ledger(const LedgerChoice& choice, Context& context) {
  const ledger::BackendPtr backend = find_ledger(choice, context);
  if (!backend) return nullptr;
  auto reader = backend->reader();
  if (reader) return std::move(*reader);
  if (reader.error().code() == base::ErrorCode::kNotFound) {
    context.fail(reader.error().message() + "; " + std::string(kMakesALedger));
  } else {
    context.fail(std::move(reader).error().in(backend->place()));
  }
  return nullptr;
}

}  // namespace pointsman::cli
