// The calendar that budgets follow (access.time_zone), as the operators' API shows it.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "limits/calendar.h"

namespace pointsman::admin {

limits::TimeZone zone_of(const config::AccessConfig& access);

struct CalendarDay {
  std::string date;  // "2026-01-02", local
  limits::PeriodSpan span;
};
// The last whole days before the one that holds `now`, oldest first.
std::vector<CalendarDay> whole_days(std::size_t count, base::WallTime now, const limits::TimeZone& zone);

}  // namespace pointsman::admin
