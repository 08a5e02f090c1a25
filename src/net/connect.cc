#include "net/connect.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <utility>

#include "net/checked_connect.h"
#include "net/kernel_memory.h"
#include "net/liveness.h"

namespace pointsman::net {
namespace {

using base::ErrorCode;
using base::Result;
using base::Retry;

// How long an upstream may be gone unnoticed, however long its answers may take.
constexpr std::chrono::seconds kFoundGone{60};

// What a look-up and the coroutine that waits for it share: either may end first.
struct Pending final : DeadlineNode {
  void on_deadline() override { done.signal(); }
  Event done;
  Result<AddressesPtr> answer =
      base::fail(ErrorCode::kTimeout, "name resolution took too long", base::Origin::kUpstream, Retry::kOtherTarget);
};

void give_up(void* pending) {
  static_cast<Pending*>(pending)->done.signal();
}

Awaitable<Result<AddressesPtr>> resolve(Loop& loop, Resolver& resolver, const std::string& host,
                                        base::MonoTime deadline, CancelToken& cancel) {
  if (auto known = resolver.cached(host, Loop::now())) co_return known;
  const auto pending = std::make_shared<Pending>();
  loop.set_deadline(*pending, deadline);
  resolver.resolve(host, loop, [pending](Result<AddressesPtr> answer) {
    pending->answer = std::move(answer);
    pending->done.signal();
  });
  {
    const CancelToken::Scope scope(cancel, give_up, pending.get());
    co_await pending->done.wait();
  }
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "connecting was cancelled");
  co_return pending->answer;
}

void cancel_channel(void* channel) {
  static_cast<Channel*>(channel)->cancel();
}

Awaitable<Result<ChannelPtr>> connect_to(Loop& loop, asio::ip::tcp::endpoint address, base::MonoTime deadline,
                                         CancelToken& cancel) {
  Socket socket(loop.executor());
  ErrorCondition failed;
  socket.open(address.protocol(), failed);
  if (failed) {
    co_return base::fail(ErrorCode::kConnect, "cannot open a socket: " + failed.message(), base::Origin::kGateway);
  }
  find_when_gone(socket, kFoundGone);
  bound_unread(socket);
  bound_unsent(socket);
  const auto channel = std::make_shared<Channel>(loop, std::move(socket), base::Origin::kUpstream);
  channel->set_deadline(deadline);
  const CancelToken::Scope scope(cancel, cancel_channel, channel.get());
  const auto [error] = co_await channel->socket().async_connect(address, asio::as_tuple(kUseAwaitable));
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "connecting was cancelled");
  if (!error) co_return channel;
  if (error == asio::error::operation_aborted) {
    co_return base::fail(ErrorCode::kTimeout, "connecting took too long", base::Origin::kUpstream, Retry::kOtherTarget);
  }
  co_return base::fail(ErrorCode::kConnect, "cannot connect: " + error.message(), base::Origin::kUpstream,
                       Retry::kOtherTarget);
}

Awaitable<Result<ChannelPtr>> start_tls(ChannelPtr channel, const Endpoint& endpoint, CancelToken& cancel) {
  const CancelToken::Scope scope(cancel, cancel_channel, channel.get());
  auto secured = co_await channel->connect_tls(endpoint.tls.get(), endpoint.host);
  if (secured) co_return channel;
  channel->close();
  co_return base::fail(std::move(secured).error());
}

Awaitable<Result<ChannelPtr>> connect_to_any(Loop& loop, const Addresses& addresses, const Endpoint& endpoint,
                                             base::MonoTime deadline, CancelToken& cancel) {
  Result<ChannelPtr> last = base::fail(ErrorCode::kConnect, "no address", base::Origin::kUpstream, Retry::kOtherTarget);
  // Each address gets an equal share of the time left, so that one black hole does not use it all.
  std::size_t left = addresses.size();
  for (const asio::ip::address& address : addresses) {
    const base::MonoTime now = Loop::now();
    const base::MonoTime share = now + (deadline - now) / static_cast<std::int64_t>(left--);
    last = co_await connect_to(loop, {address, endpoint.port}, share, cancel);
    if (last || last.error().code() == ErrorCode::kCancelled || Loop::now() >= deadline) break;
  }
  if (!last) co_return base::fail(std::move(last).error().in(endpoint.host + ":" + std::to_string(endpoint.port)));
  (*last)->set_deadline(deadline);
  if (!endpoint.tls) co_return std::move(*last);
  co_return co_await start_tls(std::move(*last), endpoint, cancel);
}

}  // namespace

Awaitable<Result<ChannelPtr>> connect(Loop& loop, Resolver& resolver, const Endpoint& endpoint, base::MonoTime deadline,
                                      CancelToken& cancel) {
  PM_CO_TRY(const AddressesPtr addresses, co_await resolve(loop, resolver, endpoint.host, deadline, cancel));
  co_return co_await connect_to_any(loop, *addresses, endpoint, deadline, cancel);
}

Awaitable<Result<ChannelPtr>> connect_checked(Loop& loop, Resolver& resolver, const Endpoint& endpoint,
                                              AddressCheck may_use, base::MonoTime deadline, CancelToken& cancel) {
  PM_CO_TRY(const AddressesPtr addresses, co_await resolve(loop, resolver, endpoint.host, deadline, cancel));
  const auto barred = std::ranges::find_if(
      *addresses, [may_use](const asio::ip::address& one) { return may_use != nullptr && !may_use(one); });
  if (barred != addresses->end()) {
    co_return base::fail(ErrorCode::kForbidden,
                         "'" + endpoint.host + "' has the address " + barred->to_string() + ", which may not be used",
                         base::Origin::kUpstream);
  }
  co_return co_await connect_to_any(loop, *addresses, endpoint, deadline, cancel);
}

}  // namespace pointsman::net
