// `pointsman feedback`: saying what would have been right about one decision, or about many from a file.
// Waits for the disk; a gateway may be running meanwhile.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_feedback_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
