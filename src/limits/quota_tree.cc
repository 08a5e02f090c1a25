#include "limits/quota_tree.h"

#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

constexpr std::int64_t kMostRequests = 1 << 20;  // of one demand

std::int64_t amount_of(std::int64_t value) {
  return std::clamp<std::int64_t>(value, 0, kLargestAmount);
}

Call call_of(const Demand& demand) {
  return {demand.nanos.has_value(), std::max<std::int64_t>(0, demand.nanos.value_or(0)),
          std::max<std::int64_t>(0, demand.tokens), std::clamp<std::int64_t>(demand.requests, 0, kMostRequests)};
}

constexpr unsigned kGenerationShift = 32;
ReservationId id_of(std::uint32_t index, std::uint32_t generation) {
  return {std::uint64_t{generation} << kGenerationShift | index};
}

std::int64_t smaller(std::optional<std::int64_t> known, std::int64_t other) {
  return known ? std::min(*known, other) : other;
}

}  // namespace

QuotaTree::State::State(const QuotaCapacity& wanted, base::WallTime wall, base::MonoTime mono)
    : capacity(wanted), latest_wall(wall), latest_mono(mono) {
  capacity.reservations = std::clamp<std::size_t>(capacity.reservations, 1, kMaxQuotaReservations);
  slots.reserve(capacity.reservations);  // never moved, and memory only once it is used
}

QuotaNode* QuotaTree::State::live(NodeRef ref) {
  if (ref.index >= nodes.size()) return nullptr;
  QuotaNode& node = nodes[ref.index];
  return node.live() && node.generation == ref.generation ? &node : nullptr;
}

QuotaPath QuotaTree::State::path_from(NodeRef leaf) {
  QuotaPath path;
  if (live(leaf) == nullptr) return path;
  for (std::uint32_t index = leaf.index; index != kNoIndex; index = nodes[index].parent)
    path.indexes[path.depth++] = index;
  return path;
}

std::uint32_t QuotaTree::State::index_of(std::string_view name) const {
  const auto at = by_name.find(name);
  return at == by_name.end() ? kNoIndex : at->second;
}

ReservationSlot* QuotaTree::State::slot_of(ReservationId id) {
  const auto index = static_cast<std::uint32_t>(id.value);
  if (index >= slots.size()) return nullptr;
  ReservationSlot& slot = slots[index];
  return slot.depth > 0 && slot.generation == id.value >> kGenerationShift ? &slot : nullptr;
}

ReservationId QuotaTree::State::reserve(const QuotaPath& path, const Call& call) {
  const bool is_new = free_slot == kNoIndex;
  const std::uint32_t index = is_new ? static_cast<std::uint32_t>(slots.size()) : free_slot;
  ReservationSlot& slot = is_new ? slots.emplace_back() : slots[index];
  free_slot = slot.next_free;
  ++open;
  slot.path = path.indexes;
  slot.depth = path.depth;
  slot.priced = call.priced;
  slot.admitted = latest_wall;
  slot.second = RateWindow::second_of(latest_mono);
  slot.nanos = amount_of(call.nanos);
  slot.tokens = amount_of(call.tokens);
  slot.requests = call.requests;
  const bool costs = slot.nanos != 0 || slot.tokens != 0;  // not so the place of a request
  for (const std::uint32_t each : path.nodes()) {
    QuotaNode& node = nodes[each];
    if (costs) {
      for (Budget& budget : node.budgets) {
        budget.current.money.reserved += slot.nanos;
        budget.current.tokens.reserved += slot.tokens;
      }
      if (node.tokens) node.tokens->take(slot.tokens);
    }
    if (node.requests && slot.requests != 0) node.requests->take(slot.requests);
    node.open_requests += slot.requests;
    ++node.open_reservations;
    if (sharing) sharing->touch(each, node);
  }
  return id_of(index, slot.generation);
}

std::expected<ReservationId, Denial> QuotaTree::State::admit(const QuotaPath& path, const Call& call, Asked asked) {
  if (path.depth == 0) return std::unexpected(Denial{});
  const bool costs = !call.priced || call.nanos != 0 || call.tokens != 0;  // not so the place of a request
  bool fits = true;
  for (const std::uint32_t each : path.nodes()) {
    refresh_rates(each);
    if (costs) refresh_budgets(each);
    fits = fits && (costs ? nodes[each].fits(call, unknown_price) : nodes[each].has_place(call));
  }
  if (!fits) return std::unexpected(denial_on(path, call, asked));
  if (free_slot == kNoIndex && slots.size() == capacity.reservations) return std::unexpected(no_slot());
  return reserve(path, call);
}

Denial QuotaTree::State::no_slot() const {
  Denial denial;
  denial.limit = LimitKind::kReservations;
  denial.recovery = Recovery::kWhenOthersFinish;
  denial.maximum = denial.used = static_cast<std::int64_t>(slots.size());
  denial.asked = 1;
  return denial;
}

Denial QuotaTree::State::denial_on(const QuotaPath& path, const Call& call, Asked asked) {
  std::optional<Denial> worst;
  for (const std::uint32_t each : path.nodes()) {
    auto denial = denial_of(nodes[each], call, unknown_price, latest_wall, latest_mono, asked);
    if (denial && (!worst || outlasts(*denial, *worst))) worst = std::move(denial);
  }
  if (worst && worst->slice_short) want_more(path, call);
  return std::move(worst).value_or(Denial{});
}

void QuotaTree::State::tell(const QuotaNode& node, Period period, SpendAccount& account, LimitKind kind) {
  SpendSide& side = kind == LimitKind::kMoney ? account.money : account.tokens;
  if (!side.limited()) return;
  for (; side.told < warn_at.size() && side.reaches(warn_at[side.told]); ++side.told) {
    if (events.size() >= kMostEvents) {
      ++counters.lost_events;
      continue;
    }
    events.push_back({std::string(node.name), period, account.span, kind, warn_at[side.told], side.maximum, side.spent,
                      side.reserved});
  }
}

void QuotaTree::State::charge(QuotaNode& node, const ReservationSlot& slot, const Settlement& settlement, bool& late) {
  node.open_requests -= slot.requests;
  --node.open_reservations;
  const bool reserved = slot.nanos != 0 || slot.tokens != 0;
  if (!reserved && settlement.nanos == 0 && settlement.tokens == 0 && !settlement.cost_unknown) return;
  for (Budget& budget : node.budgets) {
    SpendAccount* const account = budget.account_at(slot.admitted);
    if (account == nullptr) {
      late = true;
      continue;
    }
    account->money.charge(settlement.nanos, slot.nanos);
    account->tokens.charge(settlement.tokens, slot.tokens);
    if (budget.leased() && !budget.watched) watch(node, budget);
    if (settlement.cost_unknown) {
      ++account->unknown_costs;
      account->unknown_nanos = std::min(account->unknown_nanos + settlement.nanos, SpendSide::kMostSpent);
    }
    if (account->money.may_tell(warn_at)) tell(node, budget.period, *account, LimitKind::kMoney);
    if (account->tokens.may_tell(warn_at)) tell(node, budget.period, *account, LimitKind::kTokens);
  }
  if (node.tokens) node.tokens->change(slot.second, settlement.tokens - slot.tokens);
}

Settlement QuotaTree::State::finish(ReservationId id, const Actual& actual) {
  ReservationSlot* const slot = slot_of(id);
  if (slot == nullptr) {
    ++counters.unknown_settlements;
    return {};
  }
  const Settlement settlement{true, amount_of(actual.nanos.value_or(slot->nanos)),
                              amount_of(actual.tokens.value_or(slot->tokens)), !actual.nanos.has_value()};
  bool late = false;
  for (std::size_t i = 0; i < slot->depth; ++i) {
    QuotaNode& node = nodes[slot->path[i]];
    charge(node, *slot, settlement, late);
    if (sharing) sharing->touch(slot->path[i], node);
    if (node.state == QuotaNode::State::kGone && node.open_reservations == 0) free_node(slot->path[i]);
  }
  if (late) ++counters.late_settlements;
  slot->depth = 0;
  if (++slot->generation == 0) slot->generation = 1;
  slot->next_free = free_slot;
  free_slot = static_cast<std::uint32_t>(id.value);
  --open;
  return settlement;
}

QuotaTree::QuotaTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
QuotaTree::QuotaTree(QuotaTree&&) noexcept = default;
QuotaTree& QuotaTree::operator=(QuotaTree&&) noexcept = default;
QuotaTree::~QuotaTree() = default;

base::Result<QuotaTree> QuotaTree::create(const QuotaDefinition& definition, const QuotaCapacity& capacity,
                                          base::WallTime wall, base::MonoTime mono) {
  QuotaTree tree(std::make_unique<State>(capacity, wall, mono));
  PM_CHECK(tree.reconfigure(definition, wall, mono));
  return tree;
}

std::optional<NodeRef> QuotaTree::find(std::string_view name) const {
  const std::uint32_t index = state_->index_of(name);
  if (index == kNoIndex || !state_->nodes[index].live()) return std::nullopt;
  return state_->ref_to(index);
}

std::string_view QuotaTree::name(NodeRef node) const {
  const QuotaNode* const found = state_->live(node);
  return found == nullptr ? std::string_view() : found->name;
}

std::expected<ReservationId, Denial> QuotaTree::admit(NodeRef leaf, const Demand& demand, base::WallTime wall,
                                                      base::MonoTime mono, Asked asked) {
  State& state = *state_;
  state.see(wall);
  state.see(mono);
  return state.admit(state.path_from(leaf), call_of(demand), asked);
}

std::expected<QuotaTree::Entered, Denial> QuotaTree::enter(NodeRef leaf, base::WallTime wall, base::MonoTime mono) {
  State& state = *state_;
  state.see(wall);
  state.see(mono);
  const QuotaPath path = state.path_from(leaf);
  auto place = state.admit(path, {}, Asked::kNotYet);
  if (!place) return std::unexpected(std::move(place).error());
  return Entered{*place, state.standings_on(path)};
}

Settlement QuotaTree::settle(ReservationId id, const Actual& actual, base::MonoTime mono) {
  state_->see(mono);
  return state_->finish(id, actual);
}

Settlement QuotaTree::release(ReservationId id, base::MonoTime mono) {
  return settle(id, {0, 0}, mono);
}

std::optional<Room> QuotaTree::room(NodeRef leaf, base::WallTime wall) {
  State& state = *state_;
  state.see(wall);
  const QuotaPath path = state.path_from(leaf);
  if (path.depth == 0) return std::nullopt;
  Room room;
  for (const std::uint32_t each : path.nodes()) {
    for (Budget& budget : state.nodes[each].budgets) {
      budget.advance(state.latest_wall, state.zone);
      const SpendAccount& account = budget.current;
      if (account.money.limited()) room.nanos = smaller(room.nanos, account.money.remaining());
      if (account.tokens.limited()) room.tokens = smaller(room.tokens, account.tokens.remaining());
    }
  }
  return room;
}

std::size_t QuotaTree::open_reservations() const {
  return state_->open;
}
const QuotaCounters& QuotaTree::counters() const {
  return state_->counters;
}
bool QuotaTree::has_events() const {
  return !state_->events.empty();
}
std::vector<ThresholdEvent> QuotaTree::take_events() {
  return std::exchange(state_->events, {});
}

}  // namespace pointsman::limits
