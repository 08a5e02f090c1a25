// `pointsman webhooks`: shows where events are sent, and sends one to try it.
// Needs no gateway: what is tried is the configuration, from this machine.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_webhooks_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
