// pointsman.yaml to a checked Config, or everything that is wrong with it at once. Pure but for what the sources give.
// One call, one thread; keeps nothing.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"
#include "config/sources.h"

namespace pointsman::config {

// `filename` is for messages, and relative paths in the file are seen from its folder. A file without providers, models
// and categories takes all three from the API keys in the environment. Any text gives a result; problems are sorted by
// position, and none contains a secret.
std::expected<Config, std::vector<Problem>> load(std::string_view text, std::string_view filename,
                                                 const Sources& sources);

}  // namespace pointsman::config
