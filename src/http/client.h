// HTTP/1.1 client connections to upstreams, kept alive in a pool per loop.
//
// Single-threaded: a pool and its connections belong to one loop; nothing is shared between threads. An idle connection
// is watched, so one that the upstream closes leaves the pool at once. Connections per target are bounded; those who
// wait for one are served in order.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "http/body.h"
#include "http/head.h"
#include "net/connect.h"

namespace pointsman::http {

// Where to connect, and how many connections at most. Shared and immutable; its address identifies it in the pool.
struct Target {
  net::Endpoint endpoint;
  std::size_t max_connections = 256;  // per loop
  std::size_t max_idle = 64;          // per loop
  base::Duration connect_timeout = std::chrono::seconds(2);
};
using TargetPtr = std::shared_ptr<const Target>;

class ClientPool;

// One connection with at most one request in flight. Goes back to the pool only when its last answer was read to the
// end and allows another request.
class ClientConnection {
 public:
  explicit ClientConnection(net::ChannelPtr channel) : channel_(std::move(channel)) {}

  net::Channel& channel() { return *channel_; }
  // True from the second request on: a failure before the first byte may only mean that it had gone stale.
  bool reused() const { return uses_ > 1; }
  // Any byte of an answer to the present request has arrived.
  bool answered() const { return answered_; }

  net::Awaitable<base::Result<void>> send(std::span<const std::string_view> pieces);
  // The head of the final answer (1xx are skipped); views into the channel's input until the next fill(). Its bytes are
  // consumed by consume_head(), after which the views are gone.
  net::Awaitable<base::Result<void>> read_head(Method method, const Limits& limits, ResponseHead& head);
  void consume_head();
  // Bytes of the head that read_head() found and that still lie in front of the input.
  std::size_t head_size() const { return head_size_; }

 private:
  friend class ClientPool;
  net::ChannelPtr channel_;
  net::CancelToken closed_;
  std::size_t head_size_ = 0;
  int uses_ = 0;
  bool answered_ = false;
};
using ClientConnectionPtr = std::unique_ptr<ClientConnection>;

class ClientPool {
 public:
  ClientPool(net::Loop& loop, net::Resolver& resolver) : loop_(loop), resolver_(resolver) {}
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // An idle connection, or a new one, or the next that comes free; within the target's connect timeout. `fresh` never
  // gives a reused one.
  net::Awaitable<base::Result<ClientConnectionPtr>> acquire(TargetPtr target, net::CancelToken& cancel,
                                                            bool fresh = false);
  // The connection can take another request.
  void release(const TargetPtr& target, ClientConnectionPtr connection);
  // It cannot: close it.
  void discard(const TargetPtr& target, ClientConnectionPtr connection);

  std::size_t idle() const { return idle_count_; }
  // Closes what is idle; for shutdown and for targets that a reload dropped.
  void close_idle();

 private:
  struct Waiter final : net::DeadlineNode {
    void on_deadline() override { wake.signal(); }
    net::Event wake;
    bool served = false;
  };
  struct Idle {
    ClientConnectionPtr connection;
    ClientPool* pool;
    const Target* target;
  };
  struct PerTarget {
    TargetPtr target;
    std::list<Idle> idle;  // most recently used last
    std::deque<std::shared_ptr<Waiter>> waiters;
    std::size_t open = 0;
  };

  PerTarget& entry(const TargetPtr& target);
  ClientConnectionPtr take_idle(PerTarget& per);
  // Whether one more may be opened; closes the longest idle one for it if need be.
  bool make_room(PerTarget& per);
  net::Awaitable<base::Result<void>> wait_turn(PerTarget& per, base::MonoTime deadline, net::CancelToken& cancel);
  static void on_idle_closed(void* idle);
  void closed(PerTarget& per);

  net::Loop& loop_;
  net::Resolver& resolver_;
  std::map<const Target*, PerTarget> targets_;
  std::size_t idle_count_ = 0;
};

}  // namespace pointsman::http
