#include "limits/quota_account.h"

namespace pointsman::limits {

std::uint8_t SpendSide::reached(std::span<const int> warn_at) const {
  if (!limited()) return 0;
  std::uint8_t count = 0;
  while (count < warn_at.size() && reaches(warn_at[count])) ++count;
  return count;
}

Budget::Budget(const BudgetDefinition& definition, base::WallTime now, const TimeZone& zone, Sharing sharing)
    : period(definition.period) {
  current.span = period_at(period, now, zone);
  for (SpendSide* const side : {&current.money, &current.tokens}) {
    if (sharing == Sharing::kLeased) side->share_midway();
  }
  current.money.limit_to(definition.nanos.value_or(SpendSide::kUnlimited));
  current.tokens.limit_to(definition.tokens.value_or(SpendSide::kUnlimited));
}

void Budget::follow_leases() {
  lease_end = base::MonoTime::max();
  for (SpendAccount* const account : {&current, &previous}) {
    for (const SpendSide* const side : {&account->money, &account->tokens}) {
      if (side->given() > 0) lease_end = std::min(lease_end, side->slice->until);
    }
  }
}

void Budget::end_leases(base::MonoTime now) {
  for (SpendAccount* const account : {&current, &previous}) {
    for (SpendSide* const side : {&account->money, &account->tokens}) {
      if (side->given() > 0 && side->slice->until <= now) side->lapse();
    }
  }
  follow_leases();
}

void Budget::roll(base::WallTime now, const TimeZone& zone) {
  const PeriodSpan next = period_at(period, now, zone);
  if (!(next.begin >= current.span.end)) return;  // beyond the calendar's last year
  SpendAccount fresh;
  fresh.span = next;
  const auto renew = [](SpendSide& side, const SpendSide& before) {
    if (before.slice) side.share();
    side.limit_to(before.maximum);
  };
  renew(fresh.money, current.money);
  renew(fresh.tokens, current.tokens);
  if (!current.untouched()) {
    previous = std::move(current);
    has_previous = true;
  }
  current = std::move(fresh);
  restored = true;  // the tree has been there since its begin
  follow_leases();
}

}  // namespace pointsman::limits
