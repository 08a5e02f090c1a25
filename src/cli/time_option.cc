#include "cli/time_option.h"

#include <fmt/format.h>

#include "cli/text_format.h"

namespace pointsman::cli {

base::Result<std::optional<base::WallTime>> read_time(const std::string& text, base::WallTime now) {
  if (text.empty()) return std::nullopt;
  if (const auto time = parse_instant(text, now)) return time;
  return base::fail(
      base::ErrorCode::kInvalidArgument,
      fmt::format("'{}' is not a time; write 90s, 15m, 1h or 7d (ago), 2026-01-02 or 2026-01-02T15:04 (UTC)",
                  printable(text)));
}

}  // namespace pointsman::cli
