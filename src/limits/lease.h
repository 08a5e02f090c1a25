// Budgets that several replicas share: what a replica asks of the pool they lease from, and what it hears.
//
// Each replica leases a slice of what is left and works from memory. A slice is what the replica may spend and set
// aside beyond what the pool has heard of. While every holder lives, spent + reserved <= budget holds for all replicas
// together. A lease that nobody renews ends: what may have been spent of it since its holder was last heard of counts
// as used, and what the holder had reserved then is released; so a death exceeds the budget by at most the
// reservations that died with it, as the death of a single process does. A holder that was only cut off comes back
// and tells the truth, which takes the place of the guess.
// Plain values and a seam; a pool belongs to one thread. Amounts are nano-dollars or tokens, never negative.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "limits/quota_outcome.h"

namespace pointsman::limits {

// One side of one period of one budget: what is leased by itself.
struct LeaseAccount {
  std::string node;
  Period period = Period::kDay;
  PeriodSpan span;
  LimitKind limit = LimitKind::kMoney;  // or kTokens
  // Tells nodes apart that had the same name one after the other, where that matters (keys). The keeper sets it.
  std::int64_t born = 0;
};

struct LeaseAsk {
  LeaseAccount account;
  std::uint64_t join = 0;     // the holder's books of it: others begin again at 0, and have another number
  std::uint64_t number = 0;   // of this ask, in its process
  std::int64_t maximum = 0;   // as configured here
  std::int64_t spent = 0;     // settled by the holder since it joined, all of it
  std::int64_t told = 0;      // the part of it that the pool is known to have heard
  std::int64_t reserved = 0;  // by calls under way
  std::int64_t want = 0;      // the slice; 0 gives all of it back
  // The limit was set in this period, and the pool was not heard of it since: it may have been counted before, been
  // taken away, and lack what was spent meanwhile.
  bool midway = false;
};

struct LeaseAnswer {
  bool known = false;  // false: the pool has no such budget yet, and nothing else is set
  std::int64_t given = 0;
  std::int64_t used_before = 0;  // by all, before this report; whoever's report passes a threshold tells of it
  std::int64_t used = 0;
  std::int64_t others = 0;           // leased by the other holders
  std::int64_t others_reserved = 0;  // the part of it that calls under way may need
  std::int64_t holders = 1;          // that have leases, this one counted
};

class LeasePool {
 public:
  virtual ~LeasePool() = default;
  // Reports and leases, all in one round trip; the answers in the order of the asks. For each, at least what is
  // wanted or what is still there of the holder's lease, whichever is less, and no more than is left of the budget.
  // After an error nobody knows whether it happened: the same may be asked again, and counts once.
  virtual base::Result<std::vector<LeaseAnswer>> renew(std::span<const LeaseAsk> asks, base::Duration lifetime) = 0;
  // Makes the budget, of which `spent` was spent before anybody leased; nothing happens if there is one.
  virtual base::Result<void> define(const LeaseAsk& ask, std::int64_t spent) = 0;
  // `spent` was spent of it in all: as much is used of it at least as other holders' leases cannot account for. What
  // was counted all the time is not changed by it, since whatever was spent had been reported or is of a lease.
  virtual base::Result<void> raise(const LeaseAsk& ask, std::int64_t spent) = 0;
};

// The times of a holder.
struct LeaseTerms {
  base::Duration time = std::chrono::seconds(30);         // of a lease that is not renewed
  base::Duration report_every = std::chrono::seconds(1);  // what has changed
  base::Duration hurry = std::chrono::milliseconds(100);  // where a slice is nearly used up, or others need it
  base::Duration idle_after = std::chrono::seconds(1);    // what is not used for so long goes back
  base::Duration look_every = std::chrono::seconds(15);   // at budgets that are not used here, for their figures
};

}  // namespace pointsman::limits
