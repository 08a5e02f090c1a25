// Whether two replicas answer alike: a hash of their configurations without what is one replica's own.
// Pure; any thread. Takes as long as describing the configuration does.
#pragma once

#include <string>

#include "config/config.h"

namespace pointsman::config {

// As Config::version, but without where a replica listens and keeps its files, how many workers it has, what it logs,
// tells and shares, and where. What is new in the configuration counts until it is known to make no difference.
std::string shared_version(const Config& config);

}  // namespace pointsman::config
