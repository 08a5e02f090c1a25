#include "limits/quota_node.h"

namespace pointsman::limits {
namespace {

int rank(Recovery recovery) {
  switch (recovery) {
    case Recovery::kWhenOthersFinish:
      return 0;
    case Recovery::kAfter:
      return 1;
    case Recovery::kNever:
      break;
  }
  return 2;
}

Denial of_budget(const Budget& budget, LimitKind kind, const SpendSide& side, std::int64_t asked, base::WallTime wall) {
  Denial denial;
  denial.limit = kind;
  denial.period = budget.period;
  denial.maximum = side.maximum;
  denial.used = side.spent;
  denial.reserved = side.reserved;
  denial.remaining = side.remaining();
  denial.asked = asked;
  const bool too_large = asked > side.maximum || asked > kLargestAmount;
  if (too_large) return denial;
  if (side.spent + asked <= side.maximum) {
    denial.recovery = Recovery::kWhenOthersFinish;
  } else if (budget.period != Period::kTotal) {
    denial.recovery = Recovery::kAfter;
    denial.retry_after = budget.current.span.end - wall;
  }
  return denial;
}

Denial of_rate(const RateWindow& window, LimitKind kind, std::int64_t asked, base::MonoTime mono) {
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
  denial.used = budget.current.money.spent;
  denial.reserved = budget.current.money.reserved;
  denial.remaining = budget.current.money.remaining();
  return denial;
}

bool unpriceable(const Budget& budget, const Call& call, UnknownPrice unknown_price) {
  return !call.priced && budget.current.money.limited() && unknown_price == UnknownPrice::kReject;
}

bool too_many(const QuotaNode& node, std::int64_t requests) {
  return requests > 0 && node.most_requests != SpendSide::kUnlimited &&
         requests > node.most_requests - node.open_requests;
}

void keep_longer(std::optional<Denial>& worst, Denial denial) {
  if (!worst || outlasts(denial, *worst)) worst = std::move(denial);
}

}  // namespace

void QuotaNode::advance(base::WallTime wall, base::MonoTime mono, const TimeZone& zone) {
  for (Budget& budget : budgets) budget.advance(wall, zone);
  if (requests) requests->advance(mono);
  if (tokens) tokens->advance(mono);
}

bool QuotaNode::fits(const Call& call, UnknownPrice unknown_price) const {
  for (const Budget& budget : budgets) {
    if (!budget.current.money.fits(call.nanos) || !budget.current.tokens.fits(call.tokens)) return false;
    if (unpriceable(budget, call, unknown_price)) return false;
  }
  if (requests && !requests->fits(call.requests)) return false;
  if (tokens && !tokens->fits(call.tokens)) return false;
  return !too_many(*this, call.requests);
}

bool QuotaNode::forgettable() const {
  if (open_reservations != 0) return false;
  for (const Budget& budget : budgets) {
    if (!budget.current.untouched()) return false;
  }
  return (!requests || requests->used() == 0) && (!tokens || tokens->used() == 0);
}

bool outlasts(const Denial& other, const Denial& denial) {
  if (rank(other.recovery) != rank(denial.recovery)) return rank(other.recovery) > rank(denial.recovery);
  return other.recovery == Recovery::kAfter && other.retry_after > denial.retry_after;
}

std::optional<Denial> denial_of(const QuotaNode& node, const Call& call, UnknownPrice unknown_price,
                                base::WallTime wall, base::MonoTime mono) {
  std::optional<Denial> worst;
  for (const Budget& budget : node.budgets) {
    const SpendAccount& account = budget.current;
    if (unpriceable(budget, call, unknown_price)) keep_longer(worst, of_unknown_price(budget));
    if (!account.money.fits(call.nanos))
      keep_longer(worst, of_budget(budget, LimitKind::kMoney, account.money, call.nanos, wall));
    if (!account.tokens.fits(call.tokens))
      keep_longer(worst, of_budget(budget, LimitKind::kTokens, account.tokens, call.tokens, wall));
  }
  if (node.requests && !node.requests->fits(call.requests))
    keep_longer(worst, of_rate(*node.requests, LimitKind::kRequestsPerMinute, call.requests, mono));
  if (node.tokens && !node.tokens->fits(call.tokens))
    keep_longer(worst, of_rate(*node.tokens, LimitKind::kTokensPerMinute, call.tokens, mono));
  if (too_many(node, call.requests)) keep_longer(worst, of_concurrency(node, call.requests));
  if (worst) worst->node = node.name;
  return worst;
}

}  // namespace pointsman::limits
