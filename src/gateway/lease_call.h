// A request's side of a slice that is too small: waits on its own loop for the pool's answer, and tries once more.
//
// Where other replicas hold what they do not use, they are about to give it back (limits/lease.h): then it goes on
// asking for as long as the keeper's patience lasts, so that nothing is refused that the budget has room for.
#pragma once

#include <expected>
#include <memory>

#include "gateway/holds.h"
#include "gateway/lease_keeper.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::gateway {

enum class LeaseOutcome : std::uint8_t { kAnswered, kAway, kLate, kCancelled };
std::string_view to_string(LeaseOutcome outcome);

class LeaseCall final : public LeaseWaiter, public std::enable_shared_from_this<LeaseCall> {
 public:
  explicit LeaseCall(net::Loop& loop) : loop_(loop) {}
  void done(bool answered) override;

 private:
  friend net::Awaitable<LeaseOutcome> wait_for_lease(LeaseKeeper& keeper, std::shared_ptr<LeaseCall> call,
                                                     base::MonoTime deadline, net::CancelToken& cancel);
  net::Loop& loop_;
  // On the loop only:
  net::Event woken_;
  bool over_ = false;
  bool answered_ = false;
};

// On the call's loop: until the pool has answered what is due now. Keeper and loop outlive it.
net::Awaitable<LeaseOutcome> wait_for_lease(LeaseKeeper& keeper, std::shared_ptr<LeaseCall> call,
                                            base::MonoTime deadline, net::CancelToken& cancel);

struct PatientReserve {
  std::expected<void, limits::Denial> reserved;
  LeaseOutcome outcome = LeaseOutcome::kAnswered;
};
// After holds.reserve() was refused with `slice_short`. A refusal is final: by a limit, or kUnknownSpend where nobody
// could be asked.
net::Awaitable<PatientReserve> reserve_patiently(Holds& holds, std::size_t attempt, limits::Demand demand,
                                                 limits::Denial denial, LeaseKeeper* keeper, net::Loop& loop,
                                                 net::CancelToken& cancel);

}  // namespace pointsman::gateway
