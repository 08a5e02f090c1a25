// What this replica shares with others by Redis: a thread that serves no requests, and what it keeps together there:
// rates, where conversations went, which models fail, and answers.
//
// Owned by the composition root; start() and stop() belong to the thread that made it, and workers use it in between.
// Without shared.redis there is no thread and nothing is shared. A Redis that does not answer is no error: it is tried
// again for as long as this lives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "courier/delivery_thread.h"
#include "gateway/quota_desk.h"
#include "gateway/replica_news.h"
#include "gateway/shared_answers.h"
#include "route/conversation_memory.h"
#include "shared_redis/rate_exchange.h"
#include "shared_redis/redis_work.h"
#include "telemetry/registry.h"

namespace pointsman::app {

class SharedState final : private shared_redis::RateBooks, private gateway::SharedAnswers {
 public:
  // Hears on the thread of Redis that another replica's breaker has opened.
  using Warn = std::function<void(const limits::FailureHint&)>;

  // All outlive it.
  SharedState(gateway::QuotaDesk& quotas, telemetry::Registry& registry, const base::Clock& clock,
              route::ConversationMemory& conversations)
      : quotas_(quotas), registry_(registry), clock_(clock), conversations_(conversations) {}

  // Before start(): what workers are given. Null: there is nothing of it.
  gateway::ReplicaNews* news(const std::optional<config::RedisConfig>& config) { return config ? &news_ : nullptr; }
  gateway::SharedAnswers* answers(const std::optional<config::RedisConfig>& config) {
    return config && !shared_redis::sealing_secret(*config).empty() ? this : nullptr;
  }

  // Fails where TLS cannot be set up as configured.
  base::Result<void> start(const std::optional<config::RedisConfig>& config, std::uint64_t seed, Warn warn);
  // Tells the others what was not told yet, and that this one leaves. No worker uses it any more.
  void stop();

 private:
  void tell(std::size_t most, std::vector<limits::RateChange>& out) override { quotas_.tell_rates(most, out); }
  void hear(std::span<const limits::RateChange> changes) override { quotas_.hear_rates(changes); }
  void share(const limits::RateSharing& sharing) override { quotas_.share_rates(sharing); }
  void tell_news(shared_redis::News& out) override;
  void hear_news(const shared_redis::News& news) override;

  bool ready() const override { return work_ != nullptr && work_->dependable(); }
  base::Duration patience() const override { return patience_; }
  void find(gateway::SharedLookupPtr call) override;
  void keep(const answers::AnswerKey& key, answers::KeptAnswerPtr answer, base::Duration time_to_live) override;

  gateway::QuotaDesk& quotas_;
  telemetry::Registry& registry_;
  const base::Clock& clock_;
  route::ConversationMemory& conversations_;
  gateway::ReplicaNews news_;
  Warn warn_;
  base::Duration patience_{};
  courier::DeliveryThread thread_{"redis"};
  shared_redis::RedisWork* work_ = nullptr;  // the thread's
};

}  // namespace pointsman::app
