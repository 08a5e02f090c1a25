// `pointsman doctor`: everything that has to be in order for a gateway to serve, looked at one by one, and what to do
// about what is not. From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_doctor_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
