// Exchanges rates and news with the other replicas every so often, from an event loop that serves no requests.
//
// So no request waits for Redis: workers decide from memory, and this keeps their books together. While exchanges fail
// for longer than `lost_after` the books are told that they are alone. Belongs to its loop; the books are locked by
// their owner, since requests use them at the same time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "limits/shared_rates.h"
#include "shared_redis/client.h"
#include "shared_redis/talk.h"
#include "telemetry/metrics.h"

namespace pointsman::shared_redis {

// What the process knows of its rates, and its news. Called on the exchange's loop.
class RateBooks {
 public:
  virtual ~RateBooks() = default;
  virtual void tell(std::size_t most, std::vector<limits::RateChange>& out) = 0;
  virtual void hear(std::span<const limits::RateChange> changes) = 0;
  virtual void share(const limits::RateSharing& sharing) = 0;
  virtual void tell_news(News& /*out*/) {}
  virtual void hear_news(const News& /*news*/) {}
};

class RateExchange {
 public:
  // All outlive it; the shard is the loop's thread's.
  RateExchange(net::Loop& loop, Client& client, RateBooks& books, telemetry::Shard& shard,
               const config::RedisConfig& config, std::string replica, std::uint64_t seed);

  void start();
  // Called after each exchange that came to its end.
  void on_exchange(std::function<void()> exchanged) { exchanged_ = std::move(exchanged); }
  // Says goodbye with one last exchange and ends; running() until that is done.
  void leave();
  // Ends at once.
  void stop();
  bool running() const { return running_; }

  // How long exchanges may fail before the others count as lost: two of them, and what finding a connection dead takes.
  static base::Duration lost_after(base::Duration exchange) { return 2 * exchange + std::chrono::milliseconds(500); }

 private:
  net::Awaitable<> keep_on();
  // True: there is more to hear at once.
  net::Awaitable<bool> exchange();
  void succeeded(Talk::Heard heard, base::Duration took);
  void failed(const base::Error& why);

  net::Loop& loop_;
  Client& client_;
  RateBooks& books_;
  base::Duration interval_;
  base::Rng rng_;
  Talk talk_;
  net::Timer pause_;
  base::MonoTime succeeded_at_;
  bool alone_ = true;
  bool told_refusal_ = false;
  bool running_ = false;
  bool leaving_ = false;
  telemetry::Counter& done_;
  telemetry::Counter& refused_;
  telemetry::Counter& failed_;
  telemetry::Histogram& took_;
  telemetry::Gauge& replicas_;
  telemetry::Counter& heard_conversations_;
  telemetry::Counter& heard_failures_;
  telemetry::Counter& unreadable_;
  std::function<void()> exchanged_;
};

}  // namespace pointsman::shared_redis
