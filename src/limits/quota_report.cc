// What a tree tells about itself: names, reports, the standing of rates, missing spend.
#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

SpendReport report_of(const SpendSide& side) {
  SpendReport report{std::nullopt, side.total_spent(), side.total_reserved(), side.overrun, side.given()};
  if (side.limited()) report.maximum = side.maximum;
  return report;
}

BudgetReport report_of(Period period, const SpendAccount& account) {
  return {period,
          account.span,
          report_of(account.money),
          report_of(account.tokens),
          account.unknown_costs,
          account.unknown_nanos};
}

// Keeps of two standings the one with less left; of equals the one that takes longer. What was used in the second that
// runs takes longest, so that most often the first of equals is kept at once.
void keep_tighter(std::optional<RateStanding>& tightest, const RateView& rate, base::MonoTime now) {
  const std::int64_t remaining = rate.remaining();
  if (tightest && remaining > tightest->remaining) return;
  const bool equal = tightest && remaining == tightest->remaining;
  if (equal && tightest->reset >= rate.longest_wait(now)) return;
  const RateStanding standing{rate.limit(), remaining, rate.until_unused(now)};
  if (!equal || standing.reset > tightest->reset) tightest = standing;
}

}  // namespace

std::string_view to_string(LimitKind kind) {
  switch (kind) {
    case LimitKind::kMoney:
      return "money";
    case LimitKind::kTokens:
      return "tokens";
    case LimitKind::kRequestsPerMinute:
      return "requests_per_minute";
    case LimitKind::kTokensPerMinute:
      return "tokens_per_minute";
    case LimitKind::kConcurrentRequests:
      return "concurrent_requests";
    case LimitKind::kUnknownPrice:
      return "unknown_price";
    case LimitKind::kUnknownSpend:
      return "unknown_spend";
    case LimitKind::kReservations:
      return "reservations";
    case LimitKind::kUnknownNode:
      break;
  }
  return "unknown_node";
}

RateStandings QuotaTree::State::standings_on(const QuotaPath& path) const {
  RateStandings result;
  for (const std::uint32_t each : path.nodes()) {
    const QuotaNode& node = nodes[each];
    if (node.requests) keep_tighter(result.requests, node.requests_view(), latest_mono);
    if (node.tokens) keep_tighter(result.tokens, node.tokens_view(), latest_mono);
  }
  return result;
}

RateStandings QuotaTree::standings(NodeRef leaf, base::MonoTime mono) {
  State& state = *state_;
  state.see(mono);
  const QuotaPath path = state.path_from(leaf);
  for (const std::uint32_t each : path.nodes()) state.refresh_rates(each);
  return state.standings_on(path);
}

std::vector<MissingSpend> QuotaTree::missing_spend(base::WallTime wall) {
  State& state = *state_;
  state.see(wall);
  std::vector<MissingSpend> missing;
  if (state.budgets == Sharing::kLeased) return missing;
  for (QuotaNode& node : state.nodes) {
    if (!node.live()) continue;
    for (Budget& budget : node.budgets) {
      budget.advance(state.latest_wall, state.zone);
      if (!budget.restored) missing.push_back({std::string(node.name), budget.period, budget.current.span});
    }
  }
  return missing;
}

std::vector<NodeReport> QuotaTree::report(base::WallTime wall) {
  State& state = *state_;
  state.see(wall);
  std::vector<NodeReport> reports;
  for (QuotaNode& node : state.nodes) {
    if (!node.live()) continue;
    NodeReport& report = reports.emplace_back();
    report.name = node.name;
    if (node.parent != kNoIndex) report.parent = state.nodes[node.parent].name;
    report.end_user = node.kind != QuotaNode::Kind::kConfigured;
    report.open_requests = node.open_requests;
    for (Budget& budget : node.budgets) {
      budget.advance(state.latest_wall, state.zone);
      report.current.push_back(report_of(budget.period, budget.current));
      if (budget.has_previous) report.previous.push_back(report_of(budget.period, budget.previous));
    }
  }
  return reports;
}

}  // namespace pointsman::limits
