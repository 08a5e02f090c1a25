// `pointsman encoder`: list, import, check, bench and distill sentence encoders.
// Reads and writes files in the encoders' home; no network, no configuration. From the main thread.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

void add_encoder_command(CLI::App& app, Context& context);

// Parts of it, each in a file of its own.
void add_encoder_bench_command(CLI::App& encoder, Context& context);
void add_encoder_distill_command(CLI::App& encoder, Context& context);

}  // namespace pointsman::cli
