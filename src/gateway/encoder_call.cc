#include "gateway/encoder_call.h"

#include <utility>

namespace pointsman::gateway {

EncoderCall::EncoderCall(net::Loop& loop, std::string asked, EncoderPtr by, base::MonoTime until) : loop_(loop) {
  text = std::move(asked);
  encoder = std::move(by);
  deadline = until;
}

void EncoderCall::done() {
  loop_.post([self = shared_from_this()] {
    self->answered_ = true;
    self->woken_.signal();
  });
}

net::Awaitable<EncoderOutcome> ask_encoder(EncoderPool& pool, EncoderCallPtr call, net::CancelToken& cancel) {
  if (cancel.requested()) co_return EncoderOutcome::kCancelled;
  switch (pool.offer(call)) {
    case EncoderPool::Offer::kFull:
      co_return EncoderOutcome::kQueueFull;
    case EncoderPool::Offer::kClosed:
      co_return EncoderOutcome::kUnavailable;
    case EncoderPool::Offer::kTaken:
      break;
  }
  // The loop's deadline wheel turns in steps of 50 ms: too coarse here.
  net::Timer timer(call->loop_.context());
  timer.expires_at(call->deadline);
  timer.async_wait([call](net::ErrorCondition error) {
    if (!error) call->woken_.signal();
  });
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &call->woken_);
  co_await call->woken_.wait();
  if (call->answered_) co_return call->failed ? EncoderOutcome::kUnavailable : EncoderOutcome::kUsed;
  pool.withdraw(*call);
  co_return cancel.requested() ? EncoderOutcome::kCancelled : EncoderOutcome::kLate;
}

}  // namespace pointsman::gateway
