// `--since` and `--until`: a point in time as people write it.
// Pure; the present is an argument.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace pointsman::cli {

// Nothing for an empty text. kInvalidArgument, saying what may be written, for what is no time.
base::Result<std::optional<base::WallTime>> read_time(const std::string& text, base::WallTime now);

}  // namespace pointsman::cli
