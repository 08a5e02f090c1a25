#include "gateway/explorer.h"

#include <algorithm>

#include "route/cost.h"

namespace pointsman::gateway {
namespace {

constexpr double kSecondsOfADay = 24 * 3600;

bool same_money(const std::optional<config::ExploreConfig>& a, const std::optional<config::ExploreConfig>& b) {
  return a && b && a->max_cost_per_day == b->max_cost_per_day;
}

// What the preferred model would have taken for the same answer.
std::optional<base::Money> cost_without(const Snapshot& snapshot, const route::Explored& explored,
                                        const ledger::Entry& entry) {
  // An answer that is not billed has no usage, and the preferred model's would not have been either.
  if (*entry.cost == base::Money{}) return base::Money{};
  const bool pictures = llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kVision);
  const auto cost = route::counterfactual_cost(entry.usage, snapshot.market.model(explored.preferred).prices,
                                               pictures ? std::nullopt : std::optional<std::int64_t>(0));
  return cost ? std::optional(cost->total()) : std::nullopt;
}

}  // namespace

void Explorer::use(const std::optional<config::ExploreConfig>& settings, base::MonoTime now) {
  const bool keep = same_money(settings_, settings);
  settings_ = settings;
  if (keep) return;
  purse_.reset();
  if (!settings_ || !settings_->max_cost_per_day) return;
  const double half = static_cast<double>(settings_->max_cost_per_day->nanos) / (2 * std::max(1, workers_));
  purse_.emplace(half / kSecondsOfADay, half, now);
}

void Explorer::explore(const Snapshot& snapshot, const llm::ChatRequest& request, route::Conditions conditions,
                       base::MonoTime now, Decision& decision) {
  decision.explored.reset();
  conditions.conversation = request.conversation;
  if (!settings_ || !purse_ || !decision.routed || decision.ranked.candidates.empty()) return;
  const double level = std::max(purse_->level(now), 0.0);
  const route::ExplorationRules rules{
      .share = settings_->share, .down = settings_->down, .affordable = base::Money{static_cast<std::int64_t>(level)}};
  alternatives_.clear();
  const bool may = request.turn != llm::Turn::kToolResult && !decision.evidence.shift && !decision.evidence.unheard;
  if (may) {
    route::find_alternatives(request.needs, decision.verdict, snapshot.market, conditions, rules, decision.ranked,
                             work_, alternatives_);
  }
  decision.explored =
      route::explore(alternatives_, request.needs, snapshot.market, rules, rng_.next(), decision.ranked);
  purse_->charge(static_cast<double>(decision.explored->extra.nanos), now);
}

void Explorer::settle(const Snapshot& snapshot, const Decision& decision, const ledger::Entry& entry,
                      base::MonoTime now) {
  if (!purse_ || !decision.explored || !decision.explored->moved() || !entry.cost) return;
  const auto without = cost_without(snapshot, *decision.explored, entry);
  if (!without) return;
  const base::Money spent = std::max(*entry.cost - *without, base::Money{});
  const auto rest = static_cast<double>((decision.explored->extra - spent).nanos);
  if (rest > 0) {
    purse_->refund(rest, now);
  } else {
    purse_->charge(-rest, now);
  }
}

}  // namespace pointsman::gateway
