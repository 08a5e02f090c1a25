// `pointsman forget`: removes a person's or a key's traces from the ledger and from what was said about decisions.
// A gateway may be running meanwhile. Waits until what was removed is overwritten on the disk.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_forget_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
