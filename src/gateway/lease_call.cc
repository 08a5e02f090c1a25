#include "gateway/lease_call.h"

#include <utility>

namespace pointsman::gateway {

namespace {

constexpr std::chrono::milliseconds kBetween{50};  // tries, while others are about to give back
constexpr std::chrono::seconds kTryAgain{2};       // what clients are told where nobody could be asked

limits::Denial unknown_spend(limits::Denial denial) {
  denial.limit = limits::LimitKind::kUnknownSpend;
  denial.recovery = limits::Recovery::kAfter;
  denial.retry_after = kTryAgain;
  return denial;
}

// Returns early when the request is cancelled.
net::Awaitable<> pause(net::Loop& loop, net::CancelToken& cancel) {
  struct Pause {
    net::Event over;
  };
  const auto pause = std::make_shared<Pause>();
  net::Timer timer(loop.context());
  timer.expires_after(kBetween);
  timer.async_wait([pause](net::ErrorCondition error) {
    if (!error) pause->over.signal();
  });
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &pause->over);
  co_await pause->over.wait();
}

}  // namespace

std::string_view to_string(LeaseOutcome outcome) {
  switch (outcome) {
    case LeaseOutcome::kAnswered:
      return "answered";
    case LeaseOutcome::kAway:
      return "away";
    case LeaseOutcome::kLate:
      return "late";
    case LeaseOutcome::kCancelled:
      break;
  }
  return "cancelled";
}

void LeaseCall::done(bool answered) {
  loop_.post([self = shared_from_this(), answered] {
    self->over_ = true;
    self->answered_ = answered;
    self->woken_.signal();
  });
}

net::Awaitable<LeaseOutcome> wait_for_lease(LeaseKeeper& keeper, std::shared_ptr<LeaseCall> call,
                                            base::MonoTime deadline, net::CancelToken& cancel) {
  if (cancel.requested()) co_return LeaseOutcome::kCancelled;
  if (keeper.offer(call) == LeaseKeeper::Offer::kAway) co_return LeaseOutcome::kAway;
  net::Timer timer(call->loop_.context());
  timer.expires_at(deadline);
  timer.async_wait([call](net::ErrorCondition error) {
    if (!error) call->woken_.signal();
  });
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &call->woken_);
  co_await call->woken_.wait();
  if (call->over_) co_return call->answered_ ? LeaseOutcome::kAnswered : LeaseOutcome::kAway;
  co_return cancel.requested() ? LeaseOutcome::kCancelled : LeaseOutcome::kLate;
}

net::Awaitable<PatientReserve> reserve_patiently(Holds& holds, std::size_t attempt, limits::Demand demand,
                                                 limits::Denial denial, LeaseKeeper* keeper, net::Loop& loop,
                                                 net::CancelToken& cancel) {
  PatientReserve out{std::unexpected(std::move(denial))};
  if (keeper == nullptr) {
    out.reserved = std::unexpected(unknown_spend(std::move(out.reserved).error()));
    out.outcome = LeaseOutcome::kAway;
    co_return out;
  }
  const base::MonoTime deadline = net::Loop::now() + keeper->patience();
  bool heard = false;
  for (;;) {
    out.outcome = co_await wait_for_lease(*keeper, std::make_shared<LeaseCall>(loop), deadline, cancel);
    if (out.outcome != LeaseOutcome::kAnswered) break;
    heard = true;
    out.reserved = holds.reserve(attempt, demand, limits::Asked::kJustNow);
    if (out.reserved || !out.reserved.error().slice_short) co_return out;
    co_await pause(loop, cancel);
  }
  const bool in_vain = out.outcome == LeaseOutcome::kAway || (out.outcome == LeaseOutcome::kLate && !heard);
  if (in_vain) out.reserved = std::unexpected(unknown_spend(std::move(out.reserved).error()));
  co_return out;
}

}  // namespace pointsman::gateway
