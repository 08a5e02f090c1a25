// What a reload of the configuration cannot change, because it was settled when the program started.
// A pure function, for any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/config.h"

namespace pointsman::app {

// As configured, or one for each core.
std::size_t worker_count(const config::Config& config);

// The keys that differ and take effect with the next start.
std::vector<std::string> needs_restart(const config::Config& old, const config::Config& now);

}  // namespace pointsman::app
