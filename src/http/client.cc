#include "http/client.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace pointsman::http {

using base::ErrorCode;
using base::Origin;
using base::Result;
using base::Retry;

// ---- one connection

net::Awaitable<Result<void>> ClientConnection::send(std::span<const std::string_view> pieces) {
  ++uses_;
  answered_ = false;
  co_return co_await channel_->write(pieces);
}

net::Awaitable<Result<void>> ClientConnection::read_head(Method method, const Limits& limits, ResponseHead& head) {
  std::size_t scanned = 0;
  for (;;) {
    // Also what the standing read of a reused connection took in while the request was being sent.
    if (!channel_->input().empty()) answered_ = true;
    PM_CO_TRY(const auto size, head_end(channel_->input(), scanned, limits, Peer::kUpstream));
    if (size) {
      PM_CO_CHECK(parse_response_head(channel_->input().substr(0, *size), method, limits, head));
      head_size_ = *size;
      if (!head.informational()) co_return Result<void>{};
      consume_head();
      scanned = 0;
      continue;
    }
    scanned = channel_->input().size();
    PM_CO_TRY(const bool more, co_await channel_->fill(limits.head_bytes + net::kBlockSize));
    if (!more) {
      co_return base::fail(ErrorCode::kReset, "the upstream closed the connection before it answered",
                           Origin::kUpstream, Retry::kOtherTarget);
    }
  }
}

void ClientConnection::consume_head() {
  channel_->consume(head_size_);
  head_size_ = 0;
}

// ---- the pool

ClientPool::~ClientPool() {
  close_idle();
}

ClientPool::PerTarget& ClientPool::entry(const TargetPtr& target) {
  PerTarget& per = targets_[target.get()];
  if (!per.target) per.target = target;
  return per;
}

ClientConnectionPtr ClientPool::take_idle(PerTarget& per) {
  while (!per.idle.empty()) {
    ClientConnectionPtr connection = std::move(per.idle.back().connection);
    per.idle.pop_back();
    --idle_count_;
    connection->channel().unwatch();
    // Bytes that nobody asked for mean that the two sides disagree: never reuse.
    // One whose end is known to the kernel already would only take the request with it.
    if (connection->channel().is_clean() && connection->channel().is_quiet()) return connection;
    connection->channel().close();
    --per.open;
  }
  return nullptr;
}

bool ClientPool::make_room(PerTarget& per) {
  if (per.open < per.target->max_connections) return true;
  if (per.idle.empty()) return false;
  per.idle.front().connection->channel().close();
  per.idle.pop_front();
  --idle_count_;
  --per.open;
  return true;
}

net::Awaitable<Result<void>> ClientPool::wait_turn(PerTarget& per, base::MonoTime deadline, net::CancelToken& cancel) {
  const auto waiter = std::make_shared<Waiter>();
  per.waiters.push_back(waiter);
  loop_.set_deadline(*waiter, deadline);
  {
    const net::CancelToken::Scope scope(cancel, [](void* w) { static_cast<Waiter*>(w)->wake.signal(); }, waiter.get());
    co_await waiter->wake.wait();
  }
  loop_.set_deadline(*waiter, base::MonoTime::max());
  if (waiter->served && !cancel.requested()) co_return Result<void>{};
  if (waiter->served) {
    closed(per);  // our turn came as we gave up: hand it on
  } else {
    std::erase(per.waiters, waiter);
  }
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "waiting for a connection was cancelled");
  co_return base::fail(ErrorCode::kOverloaded, "no connection to the upstream came free in time", Origin::kUpstream,
                       Retry::kOtherTarget);
}

net::Awaitable<Result<ClientConnectionPtr>> ClientPool::acquire(TargetPtr target, net::CancelToken& cancel,
                                                                bool fresh) {
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
  PerTarget& per = entry(target);
  if (!fresh) {
    if (auto connection = take_idle(per)) co_return connection;
  }
  const base::MonoTime deadline = net::Loop::now() + target->connect_timeout;
  if (!make_room(per)) {
    PM_CO_CHECK(co_await wait_turn(per, deadline, cancel));
    if (auto connection = fresh ? nullptr : take_idle(per)) co_return connection;
    make_room(per);
  }
  ++per.open;
  auto channel = co_await net::connect(loop_, resolver_, target->endpoint, deadline, cancel);
  if (!channel) {
    // From the loop, not from within the failure: a thousand who wait and fail at once are not a thousand calls deep.
    co_await net::asio::post(loop_.executor(), net::kUseAwaitable);
    --per.open;
    closed(per);
    forget(target.get());
    co_return base::fail(std::move(channel).error());
  }
  (*channel)->set_deadline(base::MonoTime::max());
  co_return std::make_unique<ClientConnection>(std::move(*channel));
}

void ClientPool::on_idle_closed(void* raw) {
  Idle& idle = *static_cast<Idle*>(raw);
  ClientPool& pool = *idle.pool;
  PerTarget& per = pool.targets_.at(idle.target);
  idle.connection->channel().close();
  per.idle.remove_if([&](const Idle& one) { return &one == &idle; });
  --pool.idle_count_;
  --per.open;
  pool.closed(per);
}

void ClientPool::closed(PerTarget& per) {
  if (per.waiters.empty()) return;
  const auto waiter = per.waiters.front();
  per.waiters.pop_front();
  waiter->served = true;
  waiter->wake.signal();
}

void ClientPool::release(const TargetPtr& target, ClientConnectionPtr connection) {
  PerTarget& per = entry(target);
  net::Channel& channel = connection->channel();
  if (!channel.is_clean() || per.dropped || per.idle.size() >= target->max_idle) {
    discard(target, std::move(connection));
    return;
  }
  channel.set_deadline(base::MonoTime::max());
  per.idle.push_back({std::move(connection), this, target.get()});
  ++idle_count_;
  Idle& idle = per.idle.back();
  idle.connection->closed_ = net::CancelToken();
  idle.connection->closed_.bind(&ClientPool::on_idle_closed, &idle);
  const net::ChannelPtr keep = idle.connection->channel_;  // watching may find the peer gone and drop the connection
  keep->watch(idle.connection->closed_);
  if (keep->is_open()) closed(per);  // else on_idle_closed() has passed the turn on
}

void ClientPool::discard(const TargetPtr& target, ClientConnectionPtr connection) {
  PerTarget& per = entry(target);
  connection->channel().unwatch();
  connection->channel().close();
  --per.open;
  closed(per);
  forget(target.get());
}

void ClientPool::close_idle(PerTarget& per) {
  for (Idle& idle : per.idle) {
    idle.connection->channel().unwatch();
    idle.connection->channel().close();
    --per.open;
  }
  per.idle.clear();
}

void ClientPool::close_idle() {
  for (auto& [key, per] : targets_) close_idle(per);
  idle_count_ = 0;
}

void ClientPool::keep_only(std::span<const TargetPtr> targets) {
  for (auto& [key, per] : targets_) {
    per.dropped = std::ranges::find(targets, per.target) == targets.end();
    if (!per.dropped) continue;
    idle_count_ -= per.idle.size();
    close_idle(per);
  }
  // Who waits is in `waiters`, who connects or asks is counted in `open`: the rest is nobody's.
  std::erase_if(targets_, [](const auto& one) {
    return one.second.dropped && one.second.open == 0 && one.second.waiters.empty();
  });
}

void ClientPool::forget(const Target* target) {
  // Whoever was woken may have come and gone: look the entry up anew.
  const auto found = targets_.find(target);
  if (found == targets_.end()) return;
  const PerTarget& per = found->second;
  if (per.dropped && per.open == 0 && per.waiters.empty()) targets_.erase(found);
}

}  // namespace pointsman::http
