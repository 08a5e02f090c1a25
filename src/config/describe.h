// The effective configuration as text, with every secret reduced to a hint, and its content hash. Driven by the key
// table, so nothing can be forgotten. Pure.
#pragma once

#include <string>

#include "config/config.h"

namespace pointsman::config {

std::string describe_json(const Config& config);
std::string describe_yaml(const Config& config);

// Sets `version`: SHA-256 over the effective configuration, where a secret counts only as set or unset.
void set_version(Config& config);

}  // namespace pointsman::config
