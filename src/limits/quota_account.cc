#include "limits/quota_account.h"

namespace pointsman::limits {

std::uint8_t SpendSide::reached(std::span<const int> warn_at) const {
  if (!limited()) return 0;
  std::uint8_t count = 0;
  while (count < warn_at.size() && reaches(warn_at[count])) ++count;
  return count;
}

Budget::Budget(const BudgetDefinition& definition, base::WallTime now, const TimeZone& zone)
    : period(definition.period) {
  current.span = period_at(period, now, zone);
  current.money.maximum = definition.nanos.value_or(SpendSide::kUnlimited);
  current.tokens.maximum = definition.tokens.value_or(SpendSide::kUnlimited);
}

void Budget::roll(base::WallTime now, const TimeZone& zone) {
  const PeriodSpan next = period_at(period, now, zone);
  if (!(next.begin >= current.span.end)) return;  // beyond the calendar's last year
  if (!current.untouched()) {
    previous = current;
    has_previous = true;
  }
  SpendAccount fresh;
  fresh.span = next;
  fresh.money.maximum = current.money.maximum;
  fresh.tokens.maximum = current.tokens.maximum;
  current = fresh;
  restored = true;  // the tree has been there since its begin
}

}  // namespace pointsman::limits
