#include "limits/lease_plan.h"

#include <algorithm>

namespace pointsman::limits {
namespace {

constexpr std::int64_t kCover = 10;       // seconds of recent use that the spare part is made for
constexpr std::int64_t kShareOfLeft = 8;  // of what is left for each holder, the spare part is at most one of so many
constexpr std::int64_t kFirstShare = 64;  // of the whole budget, while nobody knows what is left
constexpr base::Duration kBriefest = std::chrono::milliseconds(500);  // shorter stretches say little about use

bool holds_any(const SpendSide& side) {
  return side.given() > 0;
}

// What may still be spent or set aside without asking.
std::int64_t slack(const SpendSide& side) {
  return std::max<std::int64_t>(0, side.ceiling - side.spent - side.reserved);
}

std::int64_t spent_since(const SpendSide& side) {
  return side.spent - side.slice->spent_at_ask;
}

std::int64_t reserved_since(const SpendSide& side) {
  return std::max<std::int64_t>(0, side.reserved - side.slice->reserved_at_ask);
}

std::int64_t at_pace(std::int64_t used, base::Duration over) {
  const auto stretch = std::chrono::duration_cast<std::chrono::milliseconds>(std::max(over, kBriefest)).count();
  const __int128 amount = static_cast<__int128>(used) * kCover * 1000 / stretch;
  return static_cast<std::int64_t>(std::min<__int128>(amount, SpendSide::kMostSpent));
}

// The most that the spare part may be.
std::int64_t fair_share(const SpendSide& side) {
  const Slice& slice = *side.slice;
  if (!slice.answered) return side.maximum / kFirstShare;
  return std::max<std::int64_t>(0, slice.left + slack(side)) /
         (kShareOfLeft * std::max<std::int64_t>(1, slice.holders));
}

}  // namespace

bool is_settled(const SpendSide& side) {
  const Slice& slice = *side.slice;
  return side.reserved == 0 && side.spent == slice.told && slice.wanted == 0 && slice.given == 0 && !slice.lapsed &&
         !slice.asking;
}

bool is_due(const SpendSide& side, const LeaseTerms& terms, base::MonoTime now, bool live) {
  if (!side.limited()) return false;
  const Slice& slice = *side.slice;
  const base::Duration since = now - slice.asked_at;
  if (slice.wanted > 0) return live;
  const bool changed =
      side.spent != slice.told || side.reserved != slice.reserved_at_ask || slice.lapsed || slice.asking;
  if (changed && since >= terms.report_every) return true;
  if (!holds_any(side)) return live && !slice.answered;
  if (since >= terms.time / 2) return true;
  const std::int64_t rest = slack(side);
  if (rest > 0 && since >= terms.idle_after && spent_since(side) + reserved_since(side) == 0) return true;
  if (!live || since < terms.hurry) return false;
  const bool scarce = slice.left == 0 && rest > 0 && rest > fair_share(side);
  return scarce || rest < slice.spare / 2;
}

std::int64_t plan_slice(SpendSide& side, const LeaseTerms& terms, base::MonoTime now, bool live) {
  Slice& slice = *side.slice;
  const base::Duration since = slice.asked_at == base::MonoTime{} ? terms.report_every : now - slice.asked_at;
  const std::int64_t used = spent_since(side) + reserved_since(side);
  std::int64_t spare = at_pace(spent_since(side), since) + reserved_since(side);
  if (slice.wanted > 0) spare = std::max({spare, 2 * slice.spare, 2 * std::min(slice.wanted, kLargestBudget)});
  if (used > 0) spare = std::max(spare, slice.spare - slice.spare / 4);
  if (used == 0 && slice.wanted == 0 && since < terms.idle_after) spare = slice.spare;
  slice.spare = live ? std::min(spare, fair_share(side)) : 0;
  const std::int64_t want = side.reserved + slice.wanted + slice.spare;
  slice.asked_at = now;
  slice.spent_at_ask = side.spent;
  slice.reserved_at_ask = side.reserved;
  slice.wanted = 0;
  return want;
}

void begin_ask(SpendSide& side, std::int64_t want) {
  side.slice->asking = true;
  if (side.ceiling > side.spent + want) side.ceiling = side.spent + want;
}

void take_answer(SpendSide& side, const LeaseAsk& ask, const LeaseAnswer& answer, base::MonoTime until,
                 base::MonoTime now) {
  Slice& slice = *side.slice;
  slice.answered = true;
  slice.answered_at = now;
  slice.lapsed = slice.asking = false;
  slice.told = ask.spent;
  slice.given = answer.given;
  slice.until = until;
  slice.elsewhere_spent = std::max<std::int64_t>(0, answer.used - ask.spent);
  slice.elsewhere_reserved = answer.others_reserved;
  slice.elsewhere_spare = std::max<std::int64_t>(0, answer.others - answer.others_reserved);
  slice.left = std::max<std::int64_t>(0, ask.maximum - answer.used - answer.others - answer.given);
  slice.holders = answer.holders;
  slice.spare = std::min(slice.spare, std::max<std::int64_t>(0, answer.given - ask.reserved));
  side.ceiling = ask.spent + answer.given;
  if (until <= now) side.lapse();
}

}  // namespace pointsman::limits
