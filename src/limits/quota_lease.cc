// What a tree does about the slices of shared budgets: which are to be asked for, and what follows from an answer.
#include <algorithm>
#include <iterator>

#include "limits/lease_plan.h"
#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

constexpr std::uint32_t kIdleLooks = 64;      // nodes at a time
constexpr std::size_t kMostLeaving = 65'536;  // of more, the leases end by themselves

SpendSide& side_of(SpendAccount& account, LimitKind kind) {
  return kind == LimitKind::kMoney ? account.money : account.tokens;
}

Budget* budget_of(QuotaNode& node, Period period) {
  const auto found = std::ranges::find(node.budgets, period, &Budget::period);
  return found == node.budgets.end() ? nullptr : &*found;
}

bool is_settled(const SpendAccount& account) {
  return (!account.money.limited() || is_settled(account.money)) &&
         (!account.tokens.limited() || is_settled(account.tokens));
}

bool has_been_heard(const SpendAccount& account) {
  return (!account.money.limited() || account.money.slice->answered) &&
         (!account.tokens.limited() || account.tokens.slice->answered);
}

void start_over(SpendSide& side) {
  side.spent = side.overrun = 0;
  side.told = 0;
  side.share_midway();
}

}  // namespace

void QuotaTree::State::watch(QuotaNode& node, Budget& budget) {
  if (!budget.leased() || budget.watched) return;
  budget.watched = true;
  const auto index = static_cast<std::uint32_t>(&node - nodes.data());
  watched.push_back({index, node.generation, budget.period});
}

void QuotaTree::State::restart(Budget& budget) {
  start_over(budget.current.money);
  start_over(budget.current.tokens);
  budget.follow_leases();
}

void QuotaTree::State::take_leave(QuotaNode& node, Budget& budget) {
  take_leave(node, budget, LimitKind::kMoney);
  take_leave(node, budget, LimitKind::kTokens);
}

void QuotaTree::State::take_leave(QuotaNode& node, Budget& budget, LimitKind kind) {
  const auto end = [&](SpendAccount& account) {
    const SpendSide& side = side_of(account, kind);
    if (!side.slice || !side.limited() || side.slice->join == 0 || is_settled(side)) return;
    if (leaving.size() < kMostLeaving) leaving.push_back(ask_for(node, budget, account, kind, 0));
  };
  end(budget.current);
  if (budget.has_previous) end(budget.previous);
}

void QuotaTree::State::want_more(const QuotaPath& path, const Call& call) {
  const auto add = [](SpendSide& side, std::int64_t amount) {
    if (!side.limited() || side.fits(amount)) return;
    side.slice->wanted = std::min(side.slice->wanted + std::min(amount, kLargestAmount), kLargestBudget);
  };
  for (const std::uint32_t each : path.nodes()) {
    for (Budget& budget : nodes[each].budgets) {
      add(budget.current.money, call.nanos);
      add(budget.current.tokens, call.tokens);
      watch(nodes[each], budget);
    }
  }
}

LeaseAsk QuotaTree::State::ask_for(QuotaNode& node, Budget& budget, SpendAccount& account, LimitKind kind,
                                   std::int64_t want) {
  SpendSide& side = side_of(account, kind);
  begin_ask(side, want);
  if (side.slice->join == 0) side.slice->join = ++last_join;
  side.slice->number = ++last_ask;
  return {.account = {std::string(node.name), budget.period, account.span, kind},
          .join = side.slice->join,
          .number = side.slice->number,
          .maximum = side.maximum,
          .spent = side.spent,
          .told = side.slice->told,
          .reserved = side.reserved,
          .want = want,
          .midway = side.slice->midway && !side.slice->answered};
}

void QuotaTree::State::look_for_asks(const LeaseTerms& terms, LeaseEnd end, std::size_t most,
                                     std::vector<LeaseAsk>& out) {
  const auto look = [&](QuotaNode& node, Budget& budget, SpendAccount& account, LimitKind kind, bool live) {
    SpendSide& side = side_of(account, kind);
    const bool is_over = end == LeaseEnd::kEnd;
    if (out.size() >= most || !side.limited()) return;
    if (is_over ? is_settled(side) : !is_due(side, terms, latest_mono, live)) return;
    const std::int64_t plan = plan_slice(side, terms, latest_mono, live);
    out.push_back(ask_for(node, budget, account, kind, is_over ? side.reserved : plan));
  };
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const Watched& one = watched[(next_watched + i) % watched.size()];
    QuotaNode& node = nodes[one.node];
    if (node.state == QuotaNode::State::kFree || node.generation != one.generation) continue;
    Budget* const budget = budget_of(node, one.period);
    if (budget == nullptr) continue;
    budget->advance(latest_wall, zone);
    budget->advance(latest_mono);
    for (const LimitKind kind : {LimitKind::kMoney, LimitKind::kTokens}) {
      look(node, *budget, budget->current, kind, true);
      if (budget->has_previous) look(node, *budget, budget->previous, kind, false);
    }
  }
  if (!watched.empty()) next_watched = (next_watched + most) % watched.size();
  std::erase_if(watched, [this](const Watched& one) {
    QuotaNode& node = nodes[one.node];
    if (node.state == QuotaNode::State::kFree || node.generation != one.generation) return true;
    Budget* const budget = budget_of(node, one.period);
    if (budget == nullptr) return true;
    const bool quiet = is_settled(budget->current) && has_been_heard(budget->current) &&
                       (!budget->has_previous || is_settled(budget->previous));
    budget->watched = !quiet;
    return quiet;
  });
}

// Figures of budgets that nobody uses here are still shown to people.
void QuotaTree::State::look_at_idle(const LeaseTerms& terms, std::size_t most, std::vector<LeaseAsk>& out) {
  const auto count = static_cast<std::uint32_t>(nodes.size());
  for (std::uint32_t looks = 0; looks < std::min(count, kIdleLooks); ++looks) {
    QuotaNode& node = nodes[next_idle++ % count];
    if (!node.live() || node.kind != QuotaNode::Kind::kConfigured) continue;
    for (Budget& budget : node.budgets) {
      if (budget.watched) continue;
      budget.advance(latest_wall, zone);
      for (const LimitKind kind : {LimitKind::kMoney, LimitKind::kTokens}) {
        SpendSide& side = side_of(budget.current, kind);
        if (!side.limited() || out.size() >= most || latest_mono - side.slice->asked_at < terms.look_every) continue;
        side.slice->asked_at = latest_mono;
        out.push_back(ask_for(node, budget, budget.current, kind, 0));
      }
    }
  }
}

std::vector<LeaseAsk> QuotaTree::lease_asks(const LeaseTerms& terms, LeaseEnd end, std::size_t most,
                                            base::WallTime wall, base::MonoTime mono) {
  State& state = *state_;
  state.see(wall);
  state.see(mono);
  std::vector<LeaseAsk> asks;
  if (state.budgets == Sharing::kOwn) return asks;
  if (!state.leaving.empty()) {
    // Alone: the same budget may have other books by now, whose ask must come behind.
    const auto rest = state.leaving.begin() + static_cast<std::ptrdiff_t>(std::min(most, state.leaving.size()));
    asks.assign(std::make_move_iterator(state.leaving.begin()), std::make_move_iterator(rest));
    state.leaving.erase(state.leaving.begin(), rest);
    return asks;
  }
  state.look_for_asks(terms, end, most, asks);
  if (end == LeaseEnd::kGoOn) state.look_at_idle(terms, most, asks);
  return asks;
}

void QuotaTree::State::tell_between(const QuotaNode& node, const LeaseAsk& ask, const LeaseAnswer& answer) {
  const auto reached = [&](std::int64_t amount, int percent) {
    return amount > 0 && static_cast<__int128>(amount) * 100 >= static_cast<__int128>(ask.maximum) * percent;
  };
  for (const int percent : warn_at) {
    if (!reached(answer.used, percent) || reached(answer.used_before, percent)) continue;
    if (events.size() >= kMostEvents) {
      ++counters.lost_events;
      continue;
    }
    events.push_back({std::string(node.name), ask.account.period, ask.account.span, ask.account.limit, percent,
                      ask.maximum, answer.used, ask.reserved + answer.others_reserved});
  }
}

void QuotaTree::hear(const LeaseAsk& ask, const LeaseAnswer& answer, base::MonoTime until, base::WallTime wall,
                     base::MonoTime mono) {
  State& state = *state_;
  state.see(wall);
  state.see(mono);
  const std::uint32_t index = state.index_of(ask.account.node);
  if (index == kNoIndex || !answer.known) return;
  QuotaNode& node = state.nodes[index];
  Budget* const budget = budget_of(node, ask.account.period);
  if (budget == nullptr) return;
  budget->advance(state.latest_wall, state.zone);
  SpendAccount* const account = budget->account_at(ask.account.span.begin);
  if (account == nullptr || account->span != ask.account.span) return;
  SpendSide& side = side_of(*account, ask.account.limit);
  if (!side.slice || side.slice->number != ask.number) return;
  take_answer(side, ask, answer, until, state.latest_mono);
  budget->follow_leases();
  if (answer.given > 0) state.watch(node, *budget);
  state.tell_between(node, ask, answer);
}

std::size_t QuotaTree::leases() const {
  std::size_t count = 0;
  for (const State::Watched& one : state_->watched) {
    QuotaNode& node = state_->nodes[one.node];
    if (node.generation != one.generation) continue;
    const Budget* const budget = budget_of(node, one.period);
    if (budget == nullptr) continue;
    for (const SpendSide* side : {&budget->current.money, &budget->current.tokens}) count += side->given() > 0 ? 1 : 0;
  }
  return count;
}

}  // namespace pointsman::limits
