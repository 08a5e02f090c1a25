#include "gateway/quota_desk.h"

#include <algorithm>

namespace pointsman::gateway {

using limits::Denial;

namespace {
constexpr std::size_t kHeardAtOnce = 256;
constexpr std::chrono::milliseconds kWallLasts{1};
}  // namespace

base::WallTime QuotaDesk::wall_at(base::MonoTime mono) {
  if (mono >= wall_until_) {
    wall_ = clock_.wall();
    wall_until_ = mono + kWallLasts;
  }
  return wall_;
}

base::Result<void> QuotaDesk::configure(const limits::QuotaDefinition& definition,
                                        const std::vector<limits::SpendCapDefinition>& caps) {
  const std::lock_guard lock(mutex_);
  const base::WallTime wall = clock_.wall();
  const base::MonoTime mono = clock_.mono();
  // Caps first: what can fail of them is found out before the tree has changed.
  if (caps_) {
    PM_CHECK(caps_->reconfigure(caps, definition.zone, definition.unknown_price, wall));
  } else {
    PM_TRY(caps_, limits::SpendCaps::create(caps, definition.zone, definition.unknown_price, wall));
  }
  has_caps_.store(!caps.empty(), std::memory_order_relaxed);
  if (tree_) return tree_->reconfigure(definition, wall, mono);
  PM_TRY(tree_, limits::QuotaTree::create(definition, {}, wall, mono));
  if (sharing_) tree_->share_rates(*sharing_);
  return {};
}

std::vector<limits::MissingSpend> QuotaDesk::missing_spend() {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->missing_spend(clock_.wall()) : std::vector<limits::MissingSpend>();
}

void QuotaDesk::restore(const limits::MissingSpend& of, std::int64_t nanos, std::int64_t tokens) {
  const std::lock_guard lock(mutex_);
  if (tree_) (void)tree_->restore(of.node, of.period, of.span.begin, nanos, tokens);
}

void QuotaDesk::restore_cap(limits::SpendKind kind, limits::Period period, std::int64_t nanos) {
  const std::lock_guard lock(mutex_);
  if (caps_) (void)caps_->restore(kind, period, clock_.wall(), nanos);
}

limits::NodeRef QuotaDesk::find(std::string_view node) {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->find(node).value_or(limits::NodeRef()) : limits::NodeRef();
}

std::expected<Place, Denial> QuotaDesk::enter(std::string_view node, std::string_view end_user, limits::NodeRef there) {
  const std::lock_guard lock(mutex_);
  if (!tree_) return Place();
  const base::MonoTime mono = clock_.mono();
  const base::WallTime wall = wall_at(mono);
  Place place;
  place.node = tree_->name(there) == node ? there : tree_->find(node).value_or(limits::NodeRef());
  if (!end_user.empty()) place.node = tree_->end_user(place.node, end_user, wall, mono);
  auto entered = tree_->enter(place.node, wall, mono);
  if (!entered) return std::unexpected(std::move(entered).error());
  place.request = entered->place;
  place.standings = entered->standings;
  return place;
}

std::expected<limits::ReservationId, Denial> QuotaDesk::reserve(limits::NodeRef node, const limits::Demand& demand,
                                                                limits::Asked asked) {
  const std::lock_guard lock(mutex_);
  if (!tree_) return limits::ReservationId();
  const base::MonoTime mono = clock_.mono();
  return tree_->admit(node, demand, wall_at(mono), mono, asked);
}

std::vector<limits::LeaseAsk> QuotaDesk::lease_asks(const limits::LeaseTerms& terms, limits::LeaseEnd end,
                                                    std::size_t most) {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->lease_asks(terms, end, most, clock_.wall(), clock_.mono()) : std::vector<limits::LeaseAsk>();
}

void QuotaDesk::hear(const limits::LeaseAsk& ask, const limits::LeaseAnswer& answer, base::MonoTime until) {
  const std::lock_guard lock(mutex_);
  if (tree_) tree_->hear(ask, answer, until, clock_.wall(), clock_.mono());
}

std::size_t QuotaDesk::leases() {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->leases() : 0;
}

limits::Settlement QuotaDesk::settle(limits::ReservationId id, const limits::Actual& actual) {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->settle(id, actual, clock_.mono()) : limits::Settlement();
}

void QuotaDesk::leave(limits::ReservationId request, std::span<Bill> bills) {
  const std::lock_guard lock(mutex_);
  if (!tree_) return;
  const base::MonoTime mono = clock_.mono();
  for (Bill& one : bills) one.settled = tree_->settle(one.id, one.actual, mono);
  (void)tree_->release(request, mono);
}

limits::Room QuotaDesk::room(limits::NodeRef node) {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->room(node, clock_.wall()).value_or(limits::Room()) : limits::Room();
}

void QuotaDesk::share_rates(const limits::RateSharing& sharing) {
  const std::lock_guard lock(mutex_);
  sharing_ = sharing;
  if (tree_) tree_->share_rates(sharing);
}

void QuotaDesk::tell_rates(std::size_t most, std::vector<limits::RateChange>& out) {
  const std::lock_guard lock(mutex_);
  if (tree_) tree_->tell_rates(clock_.mono(), most, out);
}

void QuotaDesk::hear_rates(std::span<const limits::RateChange> changes) {
  // A few at a time, so that requests get their turn in between.
  while (!changes.empty()) {
    const auto some = changes.first(std::min(changes.size(), kHeardAtOnce));
    changes = changes.subspan(some.size());
    const std::lock_guard lock(mutex_);
    if (tree_) tree_->hear_rates(some, clock_.mono());
  }
}

std::expected<limits::ReservationId, Denial> QuotaDesk::reserve_cap(limits::SpendKind kind,
                                                                    std::optional<std::int64_t> worst_nanos) {
  if (!has_caps()) return limits::ReservationId();
  auto reserved = [&] {
    const std::lock_guard lock(mutex_);
    return caps_->admit(kind, worst_nanos, clock_.wall());
  }();
  if (!reserved) {
    const std::lock_guard lock(refusals_mutex_);
    cap_refusals_.note(reserved.error(), clock_.wall());
  }
  return reserved;
}

void QuotaDesk::settle_cap(limits::ReservationId id, std::optional<std::int64_t> nanos) {
  if (id == limits::ReservationId()) return;
  const std::lock_guard lock(mutex_);
  (void)caps_->settle(id, nanos);
}

void QuotaDesk::refused(const Denial& denial) {
  const std::lock_guard lock(refusals_mutex_);
  refusals_.note(denial, clock_.wall());
}

std::vector<limits::Refusal> QuotaDesk::take_refusals() {
  const std::lock_guard lock(refusals_mutex_);
  return refusals_.take();
}

std::vector<limits::Refusal> QuotaDesk::take_cap_refusals() {
  const std::lock_guard lock(refusals_mutex_);
  return cap_refusals_.take();
}

std::vector<limits::ThresholdEvent> QuotaDesk::take_events() {
  const std::lock_guard lock(mutex_);
  return tree_ && tree_->has_events() ? tree_->take_events() : std::vector<limits::ThresholdEvent>();
}

std::vector<limits::NodeReport> QuotaDesk::report() {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->report(clock_.wall()) : std::vector<limits::NodeReport>();
}

std::size_t QuotaDesk::open_reservations() {
  const std::lock_guard lock(mutex_);
  return tree_ ? tree_->open_reservations() : 0;
}

}  // namespace pointsman::gateway
