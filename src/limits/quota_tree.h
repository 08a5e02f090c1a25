// Budgets, rates and concurrency for a tree of organisations, teams, keys and end users: reserve the worst case before
// a call, settle the truth afterwards.
//
// Pure: time is an argument. One tree is guarded by its owner's mutex; nothing in it locks. A call is admitted on the
// whole path from the leaf to the root or not at all, so for every budget, at every instant:
//   spent + reserved <= budget, as long as no call costs more than was reserved for it and no limit was lowered (I7).
// Budgets that replicas share are held to slices that are leased from a pool (lease.h): lease_asks() says what the pool
// is to be asked, hear() takes its answers, and a call that only lacks a larger slice is refused with `slice_short`. A
// new period begins with no slice. Concurrency and reservations stay this process's.
// admit(), settle() and room() take time proportional to the depth and allocate nothing, but for the text of a denial
// or of a warning. The wall clock may step back: the tree stays at the latest time it has seen.
//
// A reservation belongs to the periods in which it was made: made before midnight and settled after it, it is charged
// to the day before. A ledger that is to give the same sums adds up entries by the time of admission.
#pragma once

#include <expected>
#include <memory>
#include <span>

#include "base/result.h"
#include "limits/lease.h"
#include "limits/quota_definition.h"
#include "limits/quota_outcome.h"
#include "limits/shared_rates.h"

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

// What lease_asks() is for.
enum class LeaseEnd : std::uint8_t { kGoOn, kEnd };

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
                                             base::MonoTime mono, Asked asked = Asked::kNotYet);
  // The same for the place of one more request, which costs nothing yet, and how the rates stand with it.
  struct Entered {
    ReservationId place;
    RateStandings standings;
  };
  std::expected<Entered, Denial> enter(NodeRef leaf, base::WallTime wall, base::MonoTime mono);
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
  // charged meanwhile must be part of the sum that is restored. None are missing of shared budgets: the pool has them.
  std::vector<MissingSpend> missing_spend(base::WallTime wall);

  // Takes new limits. Nodes of the same name keep their spend, their open reservations and what their minute has used;
  // open reservations stay on the path on which they were made. A node that is gone is refused at once and forgotten
  // when its last reservation ends; if it comes back later, missing_spend() has it. End users that come back (with
  // their key, or because end_users are limited again) start from 0 unless they are restored. On failure nothing has
  // changed.
  base::Result<void> reconfigure(const QuotaDefinition& definition, base::WallTime wall, base::MonoTime mono);

  // What the pool of shared budgets is to be asked now, at most so many. One batch is under way at a time: its answers
  // are heard before the next call, or lost, and then the next call may ask the same again. kEnd: all is given back.
  std::vector<LeaseAsk> lease_asks(const LeaseTerms& terms, LeaseEnd end, std::size_t most, base::WallTime wall,
                                   base::MonoTime mono);
  // The lease that is given ends `until`: no later than the ask was sent and its time. An answer to another ask than
  // the last one of its account changes nothing.
  void hear(const LeaseAsk& ask, const LeaseAnswer& answer, base::MonoTime until, base::WallTime wall,
            base::MonoTime mono);
  // Budgets of which a slice is held: money and tokens count each.
  std::size_t leases() const;

  // From now on rates are shared with other replicas, as shared_rates.h says; budgets and concurrency are not.
  void share_rates(const RateSharing& sharing);
  // Appends what was used of rates since the last call: of whole nodes, until there are `most` or more. Nothing before
  // share_rates().
  void tell_rates(base::MonoTime mono, std::size_t most, std::vector<RateChange>& out);
  // What another replica told. Of nodes that are not known here, too: they may come.
  void hear_rates(std::span<const RateChange> changes, base::MonoTime mono);

  std::vector<NodeReport> report(base::WallTime wall);
  std::size_t open_reservations() const;
  const QuotaCounters& counters() const;

 private:
  struct State;
  explicit QuotaTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pointsman::limits
