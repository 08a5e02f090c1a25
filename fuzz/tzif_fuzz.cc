// links: pm_limits
// parses: limits/calendar limits/time_zone limits/posix_zone
// A time zone file is any bytes: it is refused with a reason, or its periods cover time without gaps.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "limits/calendar.h"

namespace {

using pointsman::base::WallTime;
using pointsman::limits::Period;
using pointsman::limits::period_at;
using pointsman::limits::PeriodSpan;
using pointsman::limits::TimeZone;

void check_instant(const TimeZone& zone, WallTime instant) {
  using namespace std::chrono_literals;
  for (const Period period : {Period::kHour, Period::kDay, Period::kWeek, Period::kMonth}) {
    const PeriodSpan span = period_at(period, instant, zone);
    if (!span.holds(instant)) std::abort();
    if (period_at(period, span.end, zone).begin != span.end) std::abort();
    if (period_at(period, span.begin - 1us, zone).end != span.begin) std::abort();
  }
}

void try_file(std::string_view bytes) {
  const auto zone = TimeZone::parse(bytes, "fuzz");
  if (!zone) {
    if (zone.error().message().empty()) std::abort();
    return;
  }
  for (const std::int64_t seconds : {-20'000'000'000LL, -1'500'000'000LL, -1LL, 0LL, 900'000'000LL, 1'790'000'000LL,
                                     4'100'000'000LL, 100'000'000'000LL})
    check_instant(*zone, WallTime(std::chrono::seconds(seconds)));
  for (const auto at : {std::chrono::sys_seconds::min(), std::chrono::sys_seconds::max()}) {
    const auto piece = zone->piece_at(at);
    if (piece.offset > std::chrono::hours(26) || piece.offset < -std::chrono::hours(26)) std::abort();
    if (piece.end <= at && at != std::chrono::sys_seconds::max()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  try_file(input);
  // The same as the rule of an otherwise empty file.
  std::string header = "TZif2" + std::string(15, '\0') + std::string(12, '\0') + std::string(4, '\0');
  header.append("\0\0\0\1\0\0\0\1", 8);
  const std::string type(7, '\0');
  try_file(header + type + header + type + "\n" + std::string(input) + "\n");
  return 0;
}
