// Calendar periods in a time zone: when the hour, day, week, month that holds an instant begins and ends.
//
// Pure functions. The periods of a kind cover all of time without gaps or overlaps, whatever the clocks of the zone do:
// a day begins at the first instant at which its local date has been reached. Where midnight is skipped, that is the
// moment of the change; where it comes twice, the first one. A day may so have 23 or 25 hours, and a date that a zone
// jumped over is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "limits/time_zone.h"

namespace pointsman::limits {

enum class Period : std::uint8_t {
  kHour,   // an hour of UTC in every zone, so that it always has 60 minutes
  kDay,    // from local midnight
  kWeek,   // from Monday (ISO 8601)
  kMonth,  // from the first
  kTotal,  // all of time
};
std::string_view to_string(Period period);  // "hour", "day", "week", "month", "total"
std::optional<Period> parse_period(std::string_view name);

struct PeriodSpan {
  base::WallTime begin;  // the smallest WallTime for kTotal
  base::WallTime end;    // the first instant after it; the largest WallTime for kTotal

  bool holds(base::WallTime instant) const { return begin <= instant && instant < end; }
  bool operator==(const PeriodSpan&) const = default;
};

// The period that holds `instant`. Exact for the years 1000 to 9000; an instant outside of them counts as the nearest
// one inside.
PeriodSpan period_at(Period period, base::WallTime instant, const TimeZone& zone);

}  // namespace pointsman::limits
