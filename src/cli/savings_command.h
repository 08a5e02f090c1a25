// `pointsman savings`: what routing saved against the stated baseline, from the ledger.
// Reads beside a running gateway.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_savings_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
