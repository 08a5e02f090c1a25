// What can only be checked once everything has been read: names that must exist, values that must fit together.
// Called once by load(), after every key has been read; pure.
#pragma once

#include "config/config.h"
#include "config/problem.h"
#include "config/reader.h"

namespace pointsman::config {

// Adds a problem for each contradiction, at the place where it was written.
void check(const Config& config, const Places& places, Problems& problems);

}  // namespace pointsman::config
