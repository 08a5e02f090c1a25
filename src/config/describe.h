// The effective configuration as text, with every secret reduced to a hint, and its content hash. Driven by the key
// table, so nothing can be forgotten. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace pointsman::config {

std::string describe_json(const Config& config);
std::string describe_yaml(const Config& config);

// One value of the effective configuration.
struct DescribedValue {
  std::string path;   // "providers.openai.api_key", as in messages (config/reader.h)
  std::string value;  // as one would write it; lists as JSON; a secret as its hint
  bool secret = false;
  bool usual = false;  // it is the key's documented default
};
// All that are set, in the order of the key table.
std::vector<DescribedValue> describe_values(const Config& config);

// Sets `version`: SHA-256 over the effective configuration, where a secret counts only as set or unset.
void set_version(Config& config);

}  // namespace pointsman::config
