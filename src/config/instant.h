// Points in time as people write them, for --since and for queries.
// Pure; now is an argument.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace pointsman::config {

// "1h" ago (ms, s, m, h, d), a date, or a date and a time, both UTC.
std::optional<base::WallTime> parse_instant(std::string_view text, base::WallTime now);

}  // namespace pointsman::config
