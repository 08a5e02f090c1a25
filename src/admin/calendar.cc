#include "admin/calendar.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace pointsman::admin {

limits::TimeZone zone_of(const config::AccessConfig& access) {
  if (access.zone_data.empty()) return {};
  auto zone = limits::TimeZone::parse(access.zone_data, access.time_zone);
  return zone ? std::move(*zone) : limits::TimeZone();  // checked when the configuration was loaded
}

std::vector<CalendarDay> whole_days(std::size_t count, base::WallTime now, const limits::TimeZone& zone) {
  std::vector<CalendarDay> out;
  base::WallTime end = limits::period_at(limits::Period::kDay, now, zone).begin;
  while (out.size() < count) {
    const limits::PeriodSpan span = limits::period_at(limits::Period::kDay, end - std::chrono::microseconds(1), zone);
    const auto begin = std::chrono::floor<std::chrono::seconds>(span.begin);
    out.push_back({fmt::format("{:%Y-%m-%d}", begin + zone.offset_at(begin)), span});
    end = span.begin;
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace pointsman::admin
