// All that a replica does with Redis, on one event loop of its own: the connection, what is exchanged by it, and the
// answers that are kept there.
//
// One connection for the process, on a thread that serves no requests: a stalled Redis, a slow handshake or a long
// answer is never felt by a loop that does, all workers see the same breaker, and Redis has as many connections as
// there are replicas, not as there are threads. Made by courier::DeliveryThread, and its loop's from then on.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "courier/delivery_thread.h"
#include "shared_redis/answer_shelf.h"
#include "shared_redis/client.h"
#include "shared_redis/rate_exchange.h"

namespace pointsman::shared_redis {

struct RedisWorkParts {
  config::RedisConfig config;
  net::SslContext tls;  // null: not spoken
  std::string replica;  // whom nobody else is called
  RateBooks& books;
  telemetry::Shard& shard;  // of this thread alone
  const base::Clock& clock;
  std::uint64_t seed = 0;
};

class RedisWork final : public courier::Deliveries {
 public:
  RedisWork(net::Loop& loop, net::Resolver& resolver, RedisWorkParts parts);

  // On the loop, first of all.
  void start();

  // Whether Redis may be waited for: it has answered exchanges for a while. From any thread. What only just came back
  // is most likely to be lost again, and each loss would cost those who wait then a timeout.
  bool dependable() const { return dependable_.load(std::memory_order_relaxed); }
  // Null: there is nothing to seal answers with. The loop's.
  AnswerShelf* answers() { return answers_ ? &*answers_ : nullptr; }

  void hurry() override { exchange_.leave(); }
  bool busy() const override { return exchange_.running(); }
  void stop() override;
  void lament() override {}

 private:
  RedisWorkParts parts_;
  Client client_;
  RateExchange exchange_;
  std::optional<AnswerShelf> answers_;
  std::atomic<bool> dependable_{false};
};

}  // namespace pointsman::shared_redis
