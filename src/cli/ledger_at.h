// Which ledger a command reads: the one that was named, the configuration's, or the default one. One thread.
//
// Read-only; a gateway may be writing meanwhile.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/context.h"
#include "config/config.h"
#include "ledger/backend.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

// --ledger PLACE and --config FILE.
struct LedgerChoice {
  std::string place;
  std::string config;

  void add_options(CLI::App& command);
};

// The ledger that a command means, whether there is one or not. Null after a failure, which has been told.
ledger::BackendPtr find_ledger(const LedgerChoice& choice, Context& context);
// The one that was named, or else the configuration's.
ledger::BackendPtr find_ledger(const std::string& named, const config::LedgerConfig& ledger);

// For people who ask for a ledger that is not there.
inline constexpr std::string_view kMakesALedger =
    "it is made when `pointsman serve` starts, and --ledger DIR names another one";

// Null after a failure, which has then been told: no such ledger (and where one would be), or a broken configuration.
std::unique_ptr<ledger::Reader> open_ledger(const LedgerChoice& choice, Context& context);

}  // namespace pointsman::cli
