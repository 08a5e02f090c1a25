#include "limits/quota_node.h"

namespace pointsman::limits {
namespace {

// What the pool of a shared budget said so long ago still holds for who asks now.
constexpr base::Duration kFresh = std::chrono::seconds(1);

int rank(const Denial& denial) {
  if (denial.slice_short) return -1;
  switch (denial.recovery) {
    case Recovery::kWhenOthersFinish:
      return 0;
    case Recovery::kAfter:
      return 1;
    case Recovery::kNever:
      break;
  }
  return 2;
}

// Whether the pool may give what is missing, as far as it is known here.
bool may_be_given(const SpendSide& side, std::int64_t asked_for, Asked asked, base::MonoTime mono) {
  if (!side.slice) return false;
  const Slice& slice = *side.slice;
  const bool fresh = slice.answered && mono - slice.answered_at < kFresh;
  if (asked == Asked::kNotYet) return !fresh || side.total_spent() + asked_for <= side.maximum;
  if (!fresh) return true;
  return asked_for <= side.ceiling - side.spent - side.reserved + slice.left + slice.elsewhere_spare;
}

Denial of_budget(const Budget& budget, LimitKind kind, const SpendSide& side, std::int64_t asked_for,
                 base::WallTime wall, base::MonoTime mono, Asked asked) {
  Denial denial;
  denial.limit = kind;
  denial.period = budget.period;
  denial.maximum = side.maximum;
  denial.used = side.total_spent();
  denial.reserved = side.total_reserved();
  denial.remaining = side.remaining();
  denial.asked = asked_for;
  const bool too_large = asked_for > side.maximum || asked_for > kLargestAmount;
  if (too_large) return denial;
  denial.slice_short = may_be_given(side, asked_for, asked, mono);
  if (denial.used + asked_for <= side.maximum) {
    denial.recovery = Recovery::kWhenOthersFinish;
  } else if (budget.period != Period::kTotal) {
    denial.recovery = Recovery::kAfter;
    denial.retry_after = budget.current.span.end - wall;
  }
  return denial;
}

Denial of_rate(const RateView& window, LimitKind kind, std::int64_t asked, base::MonoTime mono) {
  Denial denial;
  denial.limit = kind;
  denial.maximum = window.limit();
  denial.used = window.used();
  denial.remaining = window.remaining();
  denial.asked = asked;
  if (asked > window.limit()) return denial;
  denial.recovery = Recovery::kAfter;
  denial.retry_after = window.wait_for(asked, mono);
  return denial;
}

Denial of_concurrency(const QuotaNode& node, std::int64_t asked) {
  Denial denial;
  denial.limit = LimitKind::kConcurrentRequests;
  denial.maximum = node.most_requests;
  denial.used = node.open_requests;
  denial.remaining = std::max<std::int64_t>(0, node.most_requests - node.open_requests);
  denial.asked = asked;
  if (asked <= node.most_requests) denial.recovery = Recovery::kWhenOthersFinish;
  return denial;
}

Denial of_unknown_price(const Budget& budget) {
  Denial denial;
  denial.limit = LimitKind::kUnknownPrice;
  denial.period = budget.period;
  denial.maximum = budget.current.money.maximum;
  denial.used = budget.current.money.total_spent();
  denial.reserved = budget.current.money.total_reserved();
  denial.remaining = budget.current.money.remaining();
  return denial;
}

bool unpriceable(const Budget& budget, const Call& call, UnknownPrice unknown_price) {
  return !call.priced && budget.current.money.limited() && unknown_price == UnknownPrice::kReject;
}

void keep_longer(std::optional<Denial>& worst, Denial denial) {
  if (!worst || outlasts(denial, *worst)) worst = std::move(denial);
}

}  // namespace

void QuotaNode::advance_budgets(base::WallTime wall, base::MonoTime mono, const TimeZone& zone) {
  for (Budget& budget : budgets) {
    budget.advance(wall, zone);
    budget.advance(mono);
  }
}

bool QuotaNode::fits(const Call& call, UnknownPrice unknown_price) const {
  for (const Budget& budget : budgets) {
    if (!budget.current.money.fits(call.nanos) || !budget.current.tokens.fits(call.tokens)) return false;
    if (unpriceable(budget, call, unknown_price)) return false;
  }
  if (tokens && !tokens_view().fits(call.tokens)) return false;
  return has_place(call);
}

bool QuotaNode::forgettable() const {
  if (open_reservations != 0) return false;
  for (const Budget& budget : budgets) {
    if (!budget.current.untouched()) return false;
  }
  return (!requests || requests->used() == 0) && (!tokens || tokens->used() == 0);
}

bool outlasts(const Denial& other, const Denial& denial) {
  if (rank(other) != rank(denial)) return rank(other) > rank(denial);
  return other.recovery == Recovery::kAfter && other.retry_after > denial.retry_after;
}

std::optional<Denial> denial_of(const QuotaNode& node, const Call& call, UnknownPrice unknown_price,
                                base::WallTime wall, base::MonoTime mono, Asked asked) {
  std::optional<Denial> worst;
  for (const Budget& budget : node.budgets) {
    const SpendAccount& account = budget.current;
    if (unpriceable(budget, call, unknown_price)) keep_longer(worst, of_unknown_price(budget));
    if (!account.money.fits(call.nanos))
      keep_longer(worst, of_budget(budget, LimitKind::kMoney, account.money, call.nanos, wall, mono, asked));
    if (!account.tokens.fits(call.tokens))
      keep_longer(worst, of_budget(budget, LimitKind::kTokens, account.tokens, call.tokens, wall, mono, asked));
  }
  if (node.requests && !node.requests_view().fits(call.requests))
    keep_longer(worst, of_rate(node.requests_view(), LimitKind::kRequestsPerMinute, call.requests, mono));
  if (node.tokens && !node.tokens_view().fits(call.tokens))
    keep_longer(worst, of_rate(node.tokens_view(), LimitKind::kTokensPerMinute, call.tokens, mono));
  if (node.too_many(call.requests)) keep_longer(worst, of_concurrency(node, call.requests));
  if (worst) worst->node = node.name;
  return worst;
}

}  // namespace pointsman::limits
