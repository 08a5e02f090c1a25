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

  // A further request of `node` (a key's), perhaps for one of its end users (empty: nobody in particular).
  std::expected<Place, limits::Denial> enter(std::string_view node, std::string_view end_user);
  // Sets the worst case of one attempt aside, on all of the node's way up.
  std::expected<limits::ReservationId, limits::Denial> reserve(limits::NodeRef node, const limits::Demand& demand);
  limits::Settlement settle(limits::ReservationId id, const limits::Actual& actual);
  void leave(limits::ReservationId request);
  // What is left for the node; nothing where no budget is.
  limits::Room room(limits::NodeRef node);

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
  std::size_t open_reservations();

 private:
  const base::Clock& clock_;
  std::atomic<bool> has_caps_{false};
  std::mutex mutex_;
  std::optional<limits::QuotaTree> tree_;
  std::optional<limits::SpendCaps> caps_;
  std::mutex refusals_mutex_;  // apart from the tree's: refusals come in crowds
  limits::RefusalLog refusals_;
  limits::RefusalLog cap_refusals_;
};

}  // namespace pointsman::gateway
