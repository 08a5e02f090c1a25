// `pointsman passwd`: the argon2id hash of a password, for admin.users of the configuration.
// Main thread. The password is never printed, and the terminal is left as it was.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::app {

void add_passwd_command(CLI::App& app, cli::Context& context);

}  // namespace pointsman::app
