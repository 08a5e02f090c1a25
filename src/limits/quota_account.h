// One budget's books: what was spent and what is reserved in its present period and in the one before it.
//
// Belongs to a quota tree and is guarded with it. Kept apart from the tree so that each step can be tested alone.
// `spent` and `reserved` are this process's own. Of a budget that replicas share (lease.h) they count from when this
// one joined, and total_spent() and total_reserved() add what the others had at the last renewal.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
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

// What is known of one side of a budget that replicas share, and what is leased of it (lease_plan.h).
struct Slice {
  bool answered = false;  // the pool was heard once: its figures are there
  bool midway = false;    // the limit was set in this period, and did not come into it with the one before
  bool lapsed = false;    // a lease ended unheard: the pool guesses what was used of it
  bool asking = false;    // no answer to the last ask has come: it may have been given
  std::uint64_t join = 0;
  std::uint64_t number = 0;  // of the last ask
  std::int64_t told = 0;     // the part of `spent` that the pool has heard of
  std::int64_t given = 0;
  std::int64_t spare = 0;   // the part of it that was leased for calls to come
  std::int64_t wanted = 0;  // by calls that did not fit, since the last ask
  std::int64_t spent_at_ask = 0;
  std::int64_t reserved_at_ask = 0;
  // Of the pool at the last answer.
  std::int64_t elsewhere_spent = 0;
  std::int64_t elsewhere_reserved = 0;
  std::int64_t elsewhere_spare = 0;  // held by other replicas for calls to come
  std::int64_t left = 0;             // leased by nobody
  std::int64_t holders = 1;
  base::MonoTime until{};
  base::MonoTime asked_at{};
  base::MonoTime answered_at{};
};

// Money or tokens of one period.
struct SpendSide {
  static constexpr std::int64_t kUnlimited = -1;
  static constexpr std::int64_t kMostSpent = std::int64_t{1} << 62;

  std::int64_t maximum = kUnlimited;
  std::int64_t ceiling = kUnlimited;  // of spent and reserved: the maximum, or what the lease allows
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
  std::int64_t overrun = 0;
  std::uint8_t told = 0;  // thresholds reached and told, from the lowest

  std::unique_ptr<Slice> slice{};  // null: nobody shares it

  bool limited() const { return maximum != kUnlimited; }
  void limit_to(std::int64_t most) {
    maximum = most;
    if (!slice) ceiling = most;
  }
  // Leased from now on: nothing fits until something was given.
  void share() {
    slice = std::make_unique<Slice>();
    ceiling = 0;
  }
  // The same of a limit that is set in the middle of a period.
  void share_midway() {
    share();
    slice->midway = true;
  }
  // The lease has ended.
  void lapse() {
    if (slice->given > 0) slice->lapsed = true;
    slice->given = slice->spare = 0;
    ceiling = 0;
  }
  // Of all replicas, as far as it is known here.
  std::int64_t total_spent() const { return slice ? std::min(spent + slice->elsewhere_spent, kMostSpent) : spent; }
  std::int64_t total_reserved() const { return slice ? reserved + slice->elsewhere_reserved : reserved; }
  std::int64_t given() const { return slice ? slice->given : 0; }
  std::int64_t remaining() const { return std::max<std::int64_t>(0, maximum - total_spent() - total_reserved()); }
  // Nothing always fits.
  bool fits(std::int64_t amount) const {
    return !limited() || amount == 0 || (amount <= kLargestAmount && amount <= ceiling - spent - reserved);
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
    return limited() && !slice && told < warn_at.size() && spent >= maximum / 100 * warn_at[told];
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

// Whether this process alone spends from a budget, or other replicas, too.
enum class Sharing : std::uint8_t { kOwn, kLeased };

struct Budget {
  Budget(const BudgetDefinition& definition, base::WallTime now, const TimeZone& zone, Sharing sharing);

  // Opens the period that holds `now` if the present one is over.
  void advance(base::WallTime now, const TimeZone& zone) {
    if (now >= current.span.end) roll(now, zone);
  }
  // Ends the leases that are over.
  void advance(base::MonoTime now) {
    if (now >= lease_end) end_leases(now);
  }
  // To be called when a lease was given.
  void follow_leases();
  bool leased() const { return current.money.slice != nullptr; }
  // The books of the period in which a call was admitted; null if they are gone.
  SpendAccount* account_at(base::WallTime admitted) {
    if (current.span.holds(admitted)) return &current;
    return has_previous && previous.span.holds(admitted) ? &previous : nullptr;
  }

  base::MonoTime lease_end = base::MonoTime::max();  // the first of them; never while nothing is held
  Period period;
  bool restored = false;  // what was spent before the start is known, or nothing can have been
  bool has_previous = false;
  bool watched = false;  // the tree looks at its leases
  SpendAccount current;
  SpendAccount previous;

 private:
  [[gnu::cold]] void end_leases(base::MonoTime now);
  [[gnu::cold]] void roll(base::WallTime now, const TimeZone& zone);
};

}  // namespace pointsman::limits
