// `pointsman outcomes`: what a weak and a strong model answered, to whether routing between the two would pay.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_outcomes_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
