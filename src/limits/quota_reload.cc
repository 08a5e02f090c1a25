// Taking a definition, at the start and again whenever the configuration or the keys change.
#include <algorithm>

#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

void sync_window(std::optional<RateWindow>& window, std::optional<std::int64_t> limit, base::MonoTime now,
                 bool& fresh) {
  if (!limit) {
    window.reset();
  } else if (window) {
    window->set_limit(*limit);
  } else {
    window.emplace(*limit, now);
    fresh = true;
  }
}

const BudgetDefinition* wanted_for(const std::vector<BudgetDefinition>& wanted, Period period) {
  const auto found = std::ranges::find(wanted, period, &BudgetDefinition::period);
  return found == wanted.end() ? nullptr : &*found;
}

}  // namespace

std::uint32_t QuotaTree::State::add_node(std::string_view name, QuotaNode::Kind kind, std::uint32_t parent) {
  std::uint32_t index = 0;
  if (free_nodes.empty()) {
    index = static_cast<std::uint32_t>(nodes.size());
    nodes.emplace_back();
  } else {
    index = free_nodes.back();
    free_nodes.pop_back();
  }
  const auto named = by_name.emplace(name, index).first;
  QuotaNode& node = nodes[index];
  node.state = QuotaNode::State::kLive;
  node.kind = kind;
  node.parent = parent;
  node.name = named->first;
  return index;
}

void QuotaTree::State::free_node(std::uint32_t index) {
  QuotaNode& node = nodes[index];
  for (Budget& budget : node.budgets) take_leave(node, budget);
  by_name.erase(by_name.find(node.name));
  const std::uint32_t generation = node.generation + 1;
  node = QuotaNode();
  node.generation = generation == 0 ? 1 : generation;
  free_nodes.push_back(index);
}

void QuotaTree::State::remove(std::uint32_t index) {
  QuotaNode& node = nodes[index];
  if (node.live() && node.kind == QuotaNode::Kind::kEndUser) unlink(index);
  node.state = QuotaNode::State::kGone;
  if (node.open_reservations == 0) free_node(index);
}

void QuotaTree::State::set_maximum(QuotaNode& node, Budget& budget, LimitKind kind,
                                   std::optional<std::int64_t> maximum) {
  SpendSide& side = kind == LimitKind::kMoney ? budget.current.money : budget.current.tokens;
  const std::int64_t wanted = maximum.value_or(SpendSide::kUnlimited);
  if (wanted == side.maximum) return;
  if (side.slice && wanted == SpendSide::kUnlimited) take_leave(node, budget, kind);
  if (side.slice && !side.limited()) {
    // The pool hears from the ledger what was spent, in which what was spent here is.
    side.spent = side.overrun = side.told = 0;
    side.share_midway();
  }
  // Thresholds are per cent of the new limit now: those that are ahead again are told again when they are reached.
  side.limit_to(wanted);
  if (side.slice) {
    side.slice->asked_at = {};  // the pool hears of it at once
    return watch(node, budget);
  }
  side.told = std::min(side.told, side.reached(warn_at));
  tell(node, budget.period, budget.current, kind);
}

void QuotaTree::State::set_budgets(QuotaNode& node, const std::vector<BudgetDefinition>& wanted) {
  std::erase_if(node.budgets, [&](Budget& budget) {
    if (wanted_for(wanted, budget.period) != nullptr) return false;
    take_leave(node, budget);
    return true;
  });
  for (const BudgetDefinition& definition : wanted) {
    const auto known = std::ranges::find(node.budgets, definition.period, &Budget::period);
    if (known == node.budgets.end()) {
      watch(node, node.budgets.emplace_back(definition, latest_wall, zone, budgets));
      continue;
    }
    known->advance(latest_wall, zone);
    set_maximum(node, *known, LimitKind::kMoney, definition.nanos);
    set_maximum(node, *known, LimitKind::kTokens, definition.tokens);
  }
}

FreshWindows QuotaTree::State::set_limits(QuotaNode& node, const NodeLimits& limits) {
  set_budgets(node, limits.budgets);
  node.most_requests = limits.rates.concurrent_requests.value_or(SpendSide::kUnlimited);
  FreshWindows fresh;
  sync_window(node.requests, limits.rates.requests_per_minute, latest_mono, fresh.requests);
  sync_window(node.tokens, limits.rates.tokens_per_minute, latest_mono, fresh.tokens);
  return fresh;
}

void QuotaTree::State::recount(const std::vector<FreshWindows>& fresh) {
  for (QuotaNode& node : nodes) {
    for (Budget& budget : node.budgets) {
      for (SpendAccount* const account : {&budget.current, &budget.previous})
        account->money.reserved = account->tokens.reserved = 0;
    }
  }
  for (const ReservationSlot& slot : slots) {
    for (std::size_t i = 0; i < slot.depth; ++i) {
      QuotaNode& node = nodes[slot.path[i]];
      for (Budget& budget : node.budgets) {
        SpendAccount* const account = budget.account_at(slot.admitted);
        if (account == nullptr) continue;
        account->money.reserved += slot.nanos;
        account->tokens.reserved += slot.tokens;
      }
      const FreshWindows made = slot.path[i] < fresh.size() ? fresh[slot.path[i]] : FreshWindows{};
      if (made.requests && node.requests) node.requests->change(slot.second, slot.requests);
      if (made.tokens && node.tokens) node.tokens->change(slot.second, slot.tokens);
    }
  }
}

void QuotaTree::State::change_zone(const TimeZone& wanted) {
  if (zone == wanted) return;
  zone = wanted;
  for (QuotaNode& node : nodes) {
    for (Budget& budget : node.budgets) {
      const PeriodSpan span = period_at(budget.period, latest_wall, zone);
      if (span == budget.current.span) continue;
      // Another stretch of time: what was spent in it must come from the store. Until then the old sum holds.
      // Of a shared budget the pool knows it; what was not told of the old stretch is lost to it.
      budget.current.span = span;
      budget.has_previous = false;
      budget.restored = false;
      if (budgets == Sharing::kLeased) restart(budget);
    }
  }
}

void QuotaTree::State::change_thresholds(const std::vector<int>& thresholds) {
  if (warn_at == thresholds) return;
  warn_at = thresholds;
  for (QuotaNode& node : nodes) {
    for (Budget& budget : node.budgets) {
      for (SpendAccount* const account : {&budget.current, &budget.previous}) {
        account->money.told = account->money.reached(warn_at);
        account->tokens.told = account->tokens.reached(warn_at);
      }
    }
  }
}

std::vector<FreshWindows> QuotaTree::State::apply_configured(const QuotaDefinition& definition) {
  std::vector<bool> wanted(nodes.size(), false);
  for (const NodeDefinition& each : definition.nodes) {
    std::uint32_t index = index_of(each.name);
    if (index == kNoIndex) index = add_node(each.name, QuotaNode::Kind::kConfigured, kNoIndex);
    nodes[index].state = QuotaNode::State::kLive;  // also if it had gone
    if (index >= wanted.size()) wanted.resize(index + 1, false);
    wanted[index] = true;
  }
  for (std::uint32_t index = 0; index < nodes.size(); ++index) {
    const QuotaNode& node = nodes[index];
    if (node.live() && node.kind == QuotaNode::Kind::kConfigured && !wanted[index]) remove(index);
  }
  std::vector<FreshWindows> fresh(nodes.size());
  for (const NodeDefinition& each : definition.nodes) {
    const std::uint32_t index = index_of(each.name);
    QuotaNode& node = nodes[index];
    node.parent = each.parent.empty() ? kNoIndex : index_of(each.parent);
    node.end_users = each.end_users ? std::make_shared<const NodeLimits>(*each.end_users) : nullptr;
    fresh[index] = set_limits(node, each.limits);
  }
  return fresh;
}

void QuotaTree::State::apply_end_users(std::vector<FreshWindows>& fresh) {
  for (std::uint32_t index = 0; index < nodes.size(); ++index) {
    QuotaNode& node = nodes[index];
    if (node.state == QuotaNode::State::kFree || node.kind == QuotaNode::Kind::kConfigured) continue;
    // Its parent's place may be empty or hold another node by now: the name says whose it is.
    const std::uint32_t above = index_of(node.name.substr(0, node.name.find(kEndUserMark)));
    const bool has_parent = above != kNoIndex && nodes[above].live();
    const NodeLimits* const limits = has_parent ? end_user_limits(above) : nullptr;
    if (limits == nullptr) {
      remove(index);
      continue;
    }
    // One that had gone comes back before what is open for it is charged and forgotten.
    if (!node.live() && node.kind == QuotaNode::Kind::kEndUser) link_newest(index);
    node.state = QuotaNode::State::kLive;
    node.parent = above;
    fresh[index] = set_limits(node, *limits);
  }
}

void QuotaTree::State::apply(const QuotaDefinition& definition) {
  if (!defined) budgets = definition.shared_budgets ? Sharing::kLeased : Sharing::kOwn;
  defined = true;
  for (QuotaNode& node : nodes) {
    node.advance_rates(latest_mono);
    node.advance_budgets(latest_wall, latest_mono, zone);
  }
  unknown_price = definition.unknown_price;
  change_zone(definition.zone);
  change_thresholds(definition.warn_at);
  std::vector<FreshWindows> fresh = apply_configured(definition);
  apply_end_users(fresh);
  recount(fresh);
}

base::Result<void> QuotaTree::reconfigure(const QuotaDefinition& definition, base::WallTime wall, base::MonoTime mono) {
  auto problems = problems_of(definition);
  if (!problems.empty()) return base::fail(std::move(problems.front()));
  state_->see(wall);
  state_->see(mono);
  state_->apply(definition);
  return {};
}

}  // namespace pointsman::limits
