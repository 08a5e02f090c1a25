// Budgets, rates and caps of the whole process: one tree behind one lock, used by all workers.
//
// Owned by the composition root, which configures it; everything else may be called from any thread. A call takes the
// lock for about the time of a few hash look-ups, and nobody waits under it. Time comes from the clock it is given.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "limits/quota_tree.h"
#include "limits/refusal_log.h"
#include "limits/spend_cap.h"

namespace pointsman::gateway {

// A request's place: the node that its attempts are charged to, and what holds it among the requests under way.
struct Place {
  limits::NodeRef node;
  limits::ReservationId request;
  limits::RateStandings standings;  // as they were when it was taken
};

class QuotaDesk {
 public:
  explicit QuotaDesk(const base::Clock& clock) : clock_(clock) {}

  // New limits; what was spent and what is open stays. On failure nothing has changed. The main thread's.
  base::Result<void> configure(const limits::QuotaDefinition& definition,
                               const std::vector<limits::SpendCapDefinition>& caps);
  // Budgets whose earlier spend the tree does not know yet, and what it was. The main thread's.
  std::vector<limits::MissingSpend> missing_spend();
  void restore(const limits::MissingSpend& of, std::int64_t nanos, std::int64_t tokens);
  void restore_cap(limits::SpendKind kind, limits::Period period, std::int64_t nanos);

  // Where a node is now; none if there is no such node.
  limits::NodeRef find(std::string_view node);
  // A further request of `node` (a key's), perhaps for one of its end users (empty: nobody in particular). `there` is
  // where the node was seen last, which saves looking for it.
  std::expected<Place, limits::Denial> enter(std::string_view node, std::string_view end_user,
                                             limits::NodeRef there = {});
  // Sets the worst case of one attempt aside, on all of the node's way up.
  std::expected<limits::ReservationId, limits::Denial> reserve(limits::NodeRef node, const limits::Demand& demand,
                                                               limits::Asked asked = limits::Asked::kNotYet);
  limits::Settlement settle(limits::ReservationId id, const limits::Actual& actual);
  // Ends a request with all that was still reserved for it; the settlements stand in `bills`.
  struct Bill {
    limits::ReservationId id;
    limits::Actual actual;
    limits::Settlement settled{};
  };
  void leave(limits::ReservationId request, std::span<Bill> bills = {});
  // What is left for the node; nothing where no budget is.
  limits::Room room(limits::NodeRef node);

  // Rates that are shared with other replicas (limits/shared_rates.h); by whoever talks to them.
  void share_rates(const limits::RateSharing& sharing);
  void tell_rates(std::size_t most, std::vector<limits::RateChange>& out);
  void hear_rates(std::span<const limits::RateChange> changes);

  // Spending for doubt. The id is 0 where nothing caps it.
  std::expected<limits::ReservationId, limits::Denial> reserve_cap(limits::SpendKind kind,
                                                                   std::optional<std::int64_t> worst_nanos);
  void settle_cap(limits::ReservationId id, std::optional<std::int64_t> nanos);
  bool has_caps() const { return has_caps_.load(std::memory_order_relaxed); }

  // A request was refused by that limit in the end, whatever else was tried for it. Remembered if it is the first that
  // a budget refuses in its period (limits/refusal_log.h).
  void refused(const limits::Denial& denial);

  // Thresholds reached since the last call.
  std::vector<limits::ThresholdEvent> take_events();
  // Budgets that began to refuse requests since the last call.
  std::vector<limits::Refusal> take_refusals();
  // Caps that began to refuse spending; their nodes are named after the kinds.
  std::vector<limits::Refusal> take_cap_refusals();
  std::vector<limits::NodeReport> report();

  // Shared budgets: what their pool is to be asked, its answers (limits/quota_tree.h), and how many slices are held.
  std::vector<limits::LeaseAsk> lease_asks(const limits::LeaseTerms& terms, limits::LeaseEnd end, std::size_t most);
  void hear(const limits::LeaseAsk& ask, const limits::LeaseAnswer& answer, base::MonoTime until);
  std::size_t leases();
  std::size_t open_reservations();

 private:
  // The day's time, at most a millisecond old: budgets ask no more of it, and each request asks for it twice.
  base::WallTime wall_at(base::MonoTime mono);

  const base::Clock& clock_;
  std::atomic<bool> has_caps_{false};
  std::mutex mutex_;
  base::MonoTime wall_until_{};  // until when `wall_` will do
  base::WallTime wall_{};
  std::optional<limits::QuotaTree> tree_;
  std::optional<limits::RateSharing> sharing_;  // nothing: rates are this process's own
  std::optional<limits::SpendCaps> caps_;
  std::mutex refusals_mutex_;  // apart from the tree's: refusals come in crowds
  limits::RefusalLog refusals_;
  limits::RefusalLog cap_refusals_;
};

}  // namespace pointsman::gateway
