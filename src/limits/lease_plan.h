// How much of a shared budget to lease, and when to ask again. Pure decisions on one side of one budget.
//
// The spare part of a slice, beyond what is reserved, follows recent use: it is what ten seconds of it take, grows at
// once where calls found it short, and is never more than a share of what is left in the pool, so that it shrinks as
// the pool empties and the last of a budget is leased call by call. What is not used goes back after a second.
#pragma once

#include "limits/lease.h"
#include "limits/quota_account.h"

namespace pointsman::limits {

// Whether the pool should be asked. `live`: the side is of the present period.
bool is_due(const SpendSide& side, const LeaseTerms& terms, base::MonoTime now, bool live);
// Whether there is nothing to tell, to hold or to wait for.
bool is_settled(const SpendSide& side);
// The slice to ask for; sets the spare part that it holds, and begins a new stretch of recent use.
std::int64_t plan_slice(SpendSide& side, const LeaseTerms& terms, base::MonoTime now, bool live);
// Lowers what may be used until the answer comes to what was asked for: others may be given the rest at once.
void begin_ask(SpendSide& side, std::int64_t want);
// Takes the answer to `ask`; the lease ends at `until`.
void take_answer(SpendSide& side, const LeaseAsk& ask, const LeaseAnswer& answer, base::MonoTime until,
                 base::MonoTime now);

}  // namespace pointsman::limits
