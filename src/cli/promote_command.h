// `pointsman promote`, `rollback` and `withdraw`: which classifier serves, decided by the gate or by a person with a
// reason. A running gateway follows within a moment.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_promote_command(CLI::App& app, Context& context);
void add_rollback_command(CLI::App& app, Context& context);
void add_withdraw_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
