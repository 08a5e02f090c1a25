// `pointsman outcomes`: what a weak and a strong model answered, to whether routing between the two would pay.
// Reads one file, writes nothing but its answer; the exit code says whether routing pays.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_outcomes_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
