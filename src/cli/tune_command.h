// `pointsman tune`: labelled requests to thresholds that keep a promise about mistakes, and the certificate of it.
// The certificate appears whole or not at all.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_tune_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
