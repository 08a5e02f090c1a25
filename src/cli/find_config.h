// Which configuration a command works with: the file or database that was named, the first one in the usual places, or
// what the API keys in the environment give. Reads through the sources it is given; one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "config/config.h"
#include "config/sources.h"

namespace pointsman::cli {

struct FoundConfig {
  config::Config config;
  std::string file;         // empty: made from the environment
  std::int64_t number = 0;  // of the database's document; 0: it was a file

  // "pointsman.yaml", or "the environment's API keys".
  std::string source() const;
};

// The file to load, or the URL of the database that replicas share it in: `named` (--config), else $POINTSMAN_CONFIG,
// else the first that exists of ./pointsman.yaml, $XDG_CONFIG_HOME/pointsman/pointsman.yaml (or under $HOME/.config)
// and /etc/pointsman/pointsman.yaml. Empty if there is none.
std::string locate_config(const std::string& named, const config::Sources& sources);

// Loads that file, or makes a configuration from the environment if there is none. The error is every problem, one
// each.
std::expected<FoundConfig, std::vector<std::string>> find_config(const std::string& named,
                                                                 const config::Sources& sources);

// The same from the disk and the context's environment; problems go to standard error and set the exit code.
std::optional<FoundConfig> find_config(const std::string& named, Context& context,
                                       config::Pairings pairings = config::Pairings::kRead);

}  // namespace pointsman::cli
