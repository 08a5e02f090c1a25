// `pointsman keys`: makes, shows, renews and ends the virtual keys that clients ask with.
// A gateway may be running meanwhile: it takes up what changes by itself. Waits until a change is on the disk.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_keys_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
