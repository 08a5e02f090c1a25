// `pointsman version`: which program this is.
// One line.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_version_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
