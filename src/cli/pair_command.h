// `pointsman pair`: labelled requests to what a small model's opinion is worth beside the classifier's, and to
// thresholds for both under one promise. Asks the small model for real; every answer is kept as it comes. The pairing
// appears whole or not at all.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_pair_command(CLI::App& app, Context& context);

}  // namespace pointsman::cli
