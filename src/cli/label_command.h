// `pointsman label`: shows decisions one at a time and keeps what a person says by a key.
//
// At a terminal every key counts at once and the screen is drawn anew; from a pipe keys are read as characters and
// screens are printed one after the other. A gateway may be running meanwhile.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_label_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
