// Budgets, rates and concurrency for a tree of organisations, teams, keys and end users: reserve the worst case before
// a call, settle the truth afterwards.
//
// Pure: time is an argument. One tree is guarded by its owner's mutex; nothing in it locks. A call is admitted on the
// whole path from the leaf to the root or not at all, so for every budget, at every instant:
//   spent + reserved <= budget, as long as no call costs more than was reserved for it and no limit was lowered (I7).
// admit(), settle() and room() take time proportional to the depth and allocate nothing, but for the text of a denial
// or of a warning. The wall clock may step back: the tree stays at the latest time it has seen.
//
// A reservation belongs to the periods in which it was made: made before midnight and settled after it, it is charged
// to the day before. A ledger that is to give the same sums adds up entries by the time of admission.
#pragma once

#include <expected>
#include <memory>

#include "base/result.h"
#include "limits/quota_definition.h"
#include "limits/quota_outcome.h"

namespace pointsman::limits {

struct QuotaCapacity {
  std::size_t reservations = 16'384;  // open at a time; more are denied (kReservations); at most kMaxQuotaReservations
  std::size_t end_users = 10'000;     // in the whole tree; more share one node for each parent, see end_user()
};

struct QuotaCounters {
  std::uint64_t unknown_settlements = 0;  // settle() or release() of nothing: twice, or never made
  std::uint64_t late_settlements = 0;     // so late that a budget had no account of the period any more
  std::uint64_t shared_end_users = 0;     // times that end_user() gave the shared node
  std::uint64_t lost_events = 0;          // nobody took them
};

class QuotaTree {
 public:
  // Fails with the first of problems_of(definition).
  static base::Result<QuotaTree> create(const QuotaDefinition& definition, const QuotaCapacity& capacity,
                                        base::WallTime wall, base::MonoTime mono);
  QuotaTree(QuotaTree&&) noexcept;
  QuotaTree& operator=(QuotaTree&&) noexcept;
  ~QuotaTree();

  // A configured node, or an end user that is known already ("key#user").
  std::optional<NodeRef> find(std::string_view name) const;
  // The node of one end user below `parent`, made when first asked for. The parent itself if no end_users are defined
  // at or above it, if the id is empty or the parent is stale.
  // When the table is full, the one used longest ago is forgotten if there is nothing to forget: nothing open, nothing
  // spent in its present periods, its minute over. If none such is found, the user shares the node "parent#" with all
  // others that came too late; it has the limits of one, so a crowd of invented names gains nothing.
  NodeRef end_user(NodeRef parent, std::string_view id, base::WallTime wall, base::MonoTime mono);
  // Empty if stale.
  std::string_view name(NodeRef node) const;

  // Reserves `demand` on the path from `leaf` to the root. Negative amounts count as 0.
  std::expected<ReservationId, Denial> admit(NodeRef leaf, const Demand& demand, base::WallTime wall,
                                             base::MonoTime mono);
  // Ends a reservation with what the call did cost.
  Settlement settle(ReservationId id, const Actual& actual, base::MonoTime mono);
  // Ends it without any cost: the call was never made, or nothing is charged for it. It stays one of the minute's
  // requests.
  Settlement release(ReservationId id, base::MonoTime mono);

  // Nothing if `leaf` is stale.
  std::optional<Room> room(NodeRef leaf, base::WallTime wall);
  RateStandings standings(NodeRef leaf, base::MonoTime mono);

  bool has_events() const;
  // The thresholds that were reached since the last call, in order.
  std::vector<ThresholdEvent> take_events();

  // Sets what had been spent before the start in the present period, which begins at `begin`. False if there is no such
  // node or budget, or if its period is another one by now. Thresholds that it reaches were told before and are not
  // told again. Makes the end user that it names ("key#user"); one for whom the table has no room is added to the
  // shared node. Rates are not restored: after a start a minute begins with nothing used.
  bool restore(std::string_view node, Period period, base::WallTime begin, std::int64_t nanos, std::int64_t tokens);
  // The budgets for which restore() has not been called since they appeared. They count from 0 until it is; what was
  // charged meanwhile must be part of the sum that is restored.
  std::vector<MissingSpend> missing_spend(base::WallTime wall);

  // Takes new limits. Nodes of the same name keep their spend, their open reservations and what their minute has used;
  // open reservations stay on the path on which they were made. A node that is gone is refused at once and forgotten
  // when its last reservation ends; if it comes back later, missing_spend() has it. End users that come back (with
  // their key, or because end_users are limited again) start from 0 unless they are restored. On failure nothing has
  // changed.
  base::Result<void> reconfigure(const QuotaDefinition& definition, base::WallTime wall, base::MonoTime mono);

  std::vector<NodeReport> report(base::WallTime wall);
  std::size_t open_reservations() const;
  const QuotaCounters& counters() const;

 private:
  struct State;
  explicit QuotaTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pointsman::limits
