// `pointsman explain`: everything the ledger knows about one decision, and the decision made again from it.
// Exit code 3 when the replay does not agree.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_explain_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
