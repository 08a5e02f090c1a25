// `pointsman train`: labelled examples to a classifier, with a report on what to improve.
// The artefact appears whole or not at all.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_train_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
