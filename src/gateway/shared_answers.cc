#include "gateway/shared_answers.h"

#include <utility>

namespace pointsman::gateway {

void SharedLookup::done(std::optional<SharedAnswer> found) {
  loop_.post([self = shared_from_this(), got = std::move(found)]() mutable {
    self->found_ = std::move(got);
    self->woken_.signal();
  });
}

net::Awaitable<std::optional<SharedAnswer>> look_in(SharedAnswers& place, SharedLookupPtr call,
                                                    net::CancelToken& cancel) {
  if (cancel.requested()) co_return std::nullopt;
  place.find(call);
  // The loop's deadline wheel turns in steps of 50 ms: too coarse here.
  net::Timer timer(call->loop_.context());
  timer.expires_after(place.patience());
  timer.async_wait([call](net::ErrorCondition error) {
    if (!error) call->woken_.signal();
  });
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, &call->woken_);
  co_await call->woken_.wait();
  co_return std::exchange(call->found_, std::nullopt);
}

}  // namespace pointsman::gateway
