#include "simulate/pause.h"

#include <boost/asio/as_tuple.hpp>

#include "net/event.h"

namespace pointsman::simulate {

net::Awaitable<bool> pause(net::Loop& loop, net::CancelToken& token, base::Duration time) {
  if (token.requested()) co_return false;
  if (time <= base::Duration::zero()) co_return true;
  net::Timer timer(loop.context(), time);
  const net::CancelToken::Scope scope(
      token, [](void* waiting) { static_cast<net::Timer*>(waiting)->cancel(); }, &timer);
  const auto [ended] = co_await timer.async_wait(net::asio::as_tuple(net::kUseAwaitable));
  co_return !ended && !token.requested();
}

net::Awaitable<> wait_for_cancel(net::CancelToken& token) {
  if (token.requested()) co_return;
  net::Event event;
  const net::CancelToken::Scope scope(
      token, [](void* waiting) { static_cast<net::Event*>(waiting)->signal(); }, &event);
  co_await event.wait();
}

}  // namespace pointsman::simulate
