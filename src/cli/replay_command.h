// `pointsman replay`: recorded traffic decided again under other thresholds or another classifier, beside what
// happened. Reads the ledger, asks nobody, changes nothing.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_replay_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
