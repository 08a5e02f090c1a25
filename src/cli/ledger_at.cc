#include "cli/ledger_at.h"

#include <CLI/CLI.hpp>

#include "cli/find_config.h"
#include "config/defaults.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::cli {
namespace {

// Empty after a failure. Without any configuration there may still be a ledger in its usual place.
std::string directory_of(const LedgerChoice& choice, Context& context) {
  if (!choice.directory.empty()) return choice.directory;
  config::DiskFiles files;
  const config::Sources sources{files, context.environment};
  if (locate_config(choice.config, sources).empty()) return config::default_ledger_path(context.environment);
  const auto found = find_config(choice.config, context);
  if (found) return found->config.ledger.path;
  context.err.write("--ledger DIR reads a ledger without a configuration\n");
  return "";
}

}  // namespace

void LedgerChoice::add_options(CLI::App& command) {
  command.add_option("--ledger", directory, "Directory of the ledger (default: the configuration's)")->type_name("DIR");
  command.add_option("--config", config, "Configuration that names the ledger")->type_name("FILE");
}

std::string ledger_directory(const std::string& path) {
  const std::string_view file = ledger_sqlite::kDatabaseFile;
  if (path == file) return ".";
  const bool names_it = path.size() > file.size() && path.ends_with(file) && path[path.size() - file.size() - 1] == '/';
  return names_it ? path.substr(0, path.size() - file.size() - 1) : path;
}

std::string find_ledger_directory(const LedgerChoice& choice, Context& context) {
  return ledger_directory(directory_of(choice, context));
}

std::unique_ptr<ledger::Reader> open_ledger(const LedgerChoice& choice, Context& context) {
  const std::string directory = find_ledger_directory(choice, context);
  if (directory.empty()) return nullptr;
  auto reader = ledger_sqlite::open_reader(directory);
  if (reader) return std::move(*reader);
  if (reader.error().code() == base::ErrorCode::kNotFound) {
    context.fail(reader.error().message() +
                 "; it is made when `pointsman serve` starts, and --ledger DIR names another one");
  } else {
    context.fail(std::move(reader).error().in(directory));
  }
  return nullptr;
}

}  // namespace pointsman::cli
