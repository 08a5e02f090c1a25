// One budget's books: what was spent and what is reserved in its present period and in the one before it.
//
// Belongs to a quota tree and is guarded with it. Kept apart from the tree so that each step can be tested alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "limits/quota_definition.h"
#include "limits/quota_outcome.h"

namespace pointsman::limits {

// One call costs less than this, in nano-dollars (70,000 dollars) and in tokens; more never fits a budget. Together
// with kMaxQuotaReservations it keeps every sum of reservations within 62 bits.
inline constexpr std::int64_t kLargestAmount = std::int64_t{1} << 46;

// What one call may use of each kind of limit.
struct Call {
  bool priced = true;
  std::int64_t nanos = 0;  // 0 if not priced
  std::int64_t tokens = 0;
  std::int64_t requests = 1;
};

// Money or tokens of one period.
struct SpendSide {
  static constexpr std::int64_t kUnlimited = -1;
  static constexpr std::int64_t kMostSpent = std::int64_t{1} << 62;

  std::int64_t maximum = kUnlimited;
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
  std::int64_t overrun = 0;
  std::uint8_t told = 0;  // thresholds reached and told, from the lowest

  bool limited() const { return maximum != kUnlimited; }
  std::int64_t remaining() const { return std::max<std::int64_t>(0, maximum - spent - reserved); }
  // Nothing always fits.
  bool fits(std::int64_t amount) const {
    return !limited() || amount == 0 || (amount <= kLargestAmount && amount <= maximum - spent - reserved);
  }
  void charge(std::int64_t amount, std::int64_t was_reserved) {
    reserved -= was_reserved;
    spent = std::min(spent + amount, kMostSpent);
    overrun = std::min(overrun + std::max<std::int64_t>(0, amount - was_reserved), kMostSpent);
  }
  // True if `spent` has reached that many per cent.
  bool reaches(int percent) const {
    return spent > 0 && static_cast<__int128>(spent) * 100 >= static_cast<__int128>(maximum) * percent;
  }
  // False if the next threshold is surely not reached: the quick test, made for every call.
  bool may_tell(std::span<const int> warn_at) const {
    return limited() && told < warn_at.size() && spent >= maximum / 100 * warn_at[told];
  }
  // How many of the thresholds `spent` has reached.
  std::uint8_t reached(std::span<const int> warn_at) const;
};

// One period of one budget.
struct SpendAccount {
  PeriodSpan span;
  SpendSide money;
  SpendSide tokens;
  std::int64_t unknown_costs = 0;
  std::int64_t unknown_nanos = 0;

  bool untouched() const {
    return money.spent == 0 && money.reserved == 0 && tokens.spent == 0 && tokens.reserved == 0 && unknown_costs == 0;
  }
};

struct Budget {
  Budget(const BudgetDefinition& definition, base::WallTime now, const TimeZone& zone);

  // Opens the period that holds `now` if the present one is over.
  void advance(base::WallTime now, const TimeZone& zone) {
    if (now >= current.span.end) roll(now, zone);
  }
  // The books of the period in which a call was admitted; null if they are gone.
  SpendAccount* account_at(base::WallTime admitted) {
    if (current.span.holds(admitted)) return &current;
    return has_previous && previous.span.holds(admitted) ? &previous : nullptr;
  }

  Period period;
  bool restored = false;  // what was spent before the start is known, or nothing can have been
  bool has_previous = false;
  SpendAccount current;
  SpendAccount previous;

 private:
  void roll(base::WallTime now, const TimeZone& zone);
};

}  // namespace pointsman::limits
