// What a tree tells about itself: names, reports, the standing of rates, missing spend.
#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

SpendReport report_of(const SpendSide& side) {
  SpendReport report{std::nullopt, side.spent, side.reserved, side.overrun};
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

// Keeps of two standings the one with less left; of equals the one that takes longer.
void keep_tighter(std::optional<RateStanding>& tightest, RateWindow* window, base::MonoTime now) {
  if (window == nullptr) return;
  window->advance(now);
  if (tightest && window->remaining() > tightest->remaining) return;
  const RateStanding standing{window->limit(), window->remaining(), window->until_unused(now)};
  const bool tighter = !tightest || standing.remaining < tightest->remaining || standing.reset > tightest->reset;
  if (tighter) tightest = standing;
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
    case LimitKind::kReservations:
      return "reservations";
    case LimitKind::kUnknownNode:
      break;
  }
  return "unknown_node";
}

RateStandings QuotaTree::standings(NodeRef leaf, base::MonoTime mono) {
  State& state = *state_;
  state.see(mono);
  RateStandings result;
  for (const std::uint32_t each : state.path_from(leaf).nodes()) {
    keep_tighter(result.requests, state.nodes[each].requests.get(), state.latest_mono);
    keep_tighter(result.tokens, state.nodes[each].tokens.get(), state.latest_mono);
  }
  return result;
}

std::vector<MissingSpend> QuotaTree::missing_spend(base::WallTime wall) {
  State& state = *state_;
  state.see(wall);
  std::vector<MissingSpend> missing;
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
