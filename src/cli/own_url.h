// Where a gateway of this machine answers for itself: probes and metrics.
// Pure; any thread.
#pragma once

#include "config/config.h"

namespace pointsman::cli {

// The admin listener, or the first that clients use; on loopback where it listens on every address.
config::Url own_url(const config::Config& config);

}  // namespace pointsman::cli
