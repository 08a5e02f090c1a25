#include "limits/calendar.h"

#include <algorithm>
#include <array>

namespace pointsman::limits {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::sys_seconds;

constexpr std::chrono::hours kFarthest{27};  // more than any offset
constexpr std::array<std::string_view, 5> kNames = {"hour", "day", "week", "month", "total"};

base::WallTime start_of(int year) {
  return std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
}

// The first instant at which the local clock shows midnight of `day`, or later.
sys_seconds first_instant(local_days day, const TimeZone& zone) {
  const sys_seconds midnight(std::chrono::seconds(day.time_since_epoch()));  // were it UTC
  sys_seconds at = midnight - kFarthest;
  for (;;) {
    const TimeZone::Piece piece = zone.piece_at(at);
    const sys_seconds reached = midnight - piece.offset;
    if (reached <= at) return at;  // the clock has jumped over it
    if (reached < piece.end) return reached;
    at = piece.end;
  }
}

// The day that holds the instant: not always the local date, which can go back behind midnight again.
local_days day_at(sys_seconds instant, const TimeZone& zone) {
  const sys_seconds shown = instant + zone.offset_at(instant);
  local_days day(std::chrono::floor<days>(shown).time_since_epoch());
  while (instant < first_instant(day, zone)) day -= days(1);
  while (instant >= first_instant(day + days(1), zone)) day += days(1);
  return day;
}

PeriodSpan from_to(local_days first, local_days after, const TimeZone& zone) {
  return {first_instant(first, zone), first_instant(after, zone)};
}

}  // namespace

std::string_view to_string(Period period) {
  return kNames[static_cast<std::size_t>(period)];
}

std::optional<Period> parse_period(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Period>(found - kNames.begin());
}

PeriodSpan period_at(Period period, base::WallTime instant, const TimeZone& zone) {
  if (period == Period::kTotal) return {base::WallTime::min(), base::WallTime::max()};
  instant = std::clamp(instant, start_of(1000), start_of(9000));
  if (period == Period::kHour) {
    const auto hour = std::chrono::floor<std::chrono::hours>(instant);
    return {hour, hour + std::chrono::hours(1)};
  }
  const local_days day = day_at(std::chrono::floor<std::chrono::seconds>(instant), zone);
  if (period == Period::kDay) return from_to(day, day + days(1), zone);
  if (period == Period::kWeek) {
    const local_days monday = day - (std::chrono::weekday(day) - std::chrono::Monday);
    return from_to(monday, monday + days(7), zone);
  }
  const std::chrono::year_month_day date(day);
  const auto month = date.year() / date.month();
  return from_to(local_days(month / 1), local_days((month + std::chrono::months(1)) / 1), zone);
}

}  // namespace pointsman::limits
