// `pointsman migrate`: moves a ledger from files into a PostgreSQL database, and shows that both hold the same.
// From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_migrate_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
