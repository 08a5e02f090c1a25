// `pointsman serve`: runs the gateway until SIGINT or SIGTERM; reloads on SIGHUP and when the configuration changes.
//
// Main thread only. Without a configuration file it serves the providers whose API keys are in the environment.
#pragma once

#include <string>

#include "cli/context.h"
#include "gateway/snapshot.h"

namespace pointsman::app {

class Runtime;

struct ServeOptions {
  std::string config_file;  // empty: the usual places, then what the environment's API keys give
  std::string version;
  gateway::ClassifierLoader load_classifier;
  gateway::EncoderLoader load_encoder;
};

// The process's exit code. Problems go to standard error, all at once.
int serve(const ServeOptions& options, cli::Context& context);

// What a person needs to try the gateway: its base URL, a curl line, and where the dashboard is.
std::string greeting(const Runtime& runtime);

}  // namespace pointsman::app
