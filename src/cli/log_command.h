// `pointsman log`: the ledger's entries as a table or as JSON Lines.
// Reads beside a running gateway.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_log_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
