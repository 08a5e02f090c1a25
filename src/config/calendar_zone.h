// The time zone of budgets, read from the system's database.
// Called by load() only.
#pragma once

#include "config/config.h"
#include "config/reader.h"
#include "config/sources.h"

namespace pointsman::config {

// Fills access.zone_data, or says what is wrong with access.time_zone.
void take_time_zone(Config& config, const Sources& sources, const Places& places, Problems& problems);

}  // namespace pointsman::config
