#include "gateway/feedback_call.h"

#include <utility>

namespace pointsman::gateway {

void FeedbackCall::done() {
  loop_.post([self = shared_from_this()] {
    self->answered_ = true;
    self->woken_.signal();
  });
}

net::Awaitable<FeedbackOutcome> ask_desk(FeedbackDesk& desk, FeedbackCallPtr call, base::MonoTime deadline,
                                         net::CancelToken& cancel) {
  if (cancel.requested()) co_return FeedbackOutcome::kCancelled;
  switch (desk.offer(call)) {
    case FeedbackDesk::Offer::kFull:
      co_return FeedbackOutcome::kFull;
    case FeedbackDesk::Offer::kClosed:
      co_return FeedbackOutcome::kClosed;
    case FeedbackDesk::Offer::kTaken:
      break;
  }
  net::Timer timer(call->loop_.context());
  timer.expires_at(deadline);
  timer.async_wait([call](net::ErrorCondition error) {
    if (!error) call->woken_.signal();
  });
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &call->woken_);
  co_await call->woken_.wait();
  if (call->answered_) co_return FeedbackOutcome::kAnswered;
  co_return cancel.requested() ? FeedbackOutcome::kCancelled : FeedbackOutcome::kLate;
}

}  // namespace pointsman::gateway
