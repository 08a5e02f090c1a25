// Which ledger a command reads: the directory that was named, the configuration's, or the default one. One thread.
//
// Read-only; a gateway may be writing meanwhile.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "ledger/store.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

// --ledger DIR and --config FILE.
struct LedgerChoice {
  std::string directory;
  std::string config;

  void add_options(CLI::App& command);
};

// The directory that a ledger's path means: itself, or where it lies if it names the database file.
std::string ledger_directory(const std::string& path);

// Where the ledger is that a command means, whether there is one or not. Empty after a failure, which has been told.
std::string find_ledger_directory(const LedgerChoice& choice, Context& context);

// Null after a failure, which has then been told: no such ledger (and where one would be), or a broken configuration.
std::unique_ptr<ledger::Reader> open_ledger(const LedgerChoice& choice, Context& context);

}  // namespace pointsman::cli
