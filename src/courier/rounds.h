// Delivers events to webhooks from one event loop: makes the documents, posts what is due, tries again what failed.
//
// Single-threaded: lives on its loop and ends before it does. stop() first, and what was spawned must have run to its
// end. Nobody waits for a delivery; what is not delivered when the process ends is lost and counted in the log.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "courier/delivery_thread.h"
#include "courier/post.h"
#include "telemetry/metrics.h"
#include "webhook/event.h"
#include "webhook/outbox.h"

namespace pointsman::courier {

using TargetPtr = std::shared_ptr<const Target>;

struct RoundsOptions {
  std::string instance;    // which gateway speaks, in every document
  std::uint64_t seed = 0;  // of ids and waits
  webhook::RetryPolicy policy{};
  PostLimits limits{};
  std::size_t capacity = webhook::Outbox::kCapacity;
};

class Rounds final : public Deliveries, private net::DeadlineNode {
 public:
  // All outlive it. The shard is this thread's.
  Rounds(net::Loop& loop, net::Resolver& resolver, const base::Clock& clock, telemetry::Shard& shard,
         RoundsOptions options);

  // From now on these; what waits for others is dropped. An attempt that is under way ends as it began.
  void set_targets(std::vector<TargetPtr> targets);
  void announce(const webhook::Event& event);

  void stop() override;
  bool busy() const override;
  void lament() override;
  std::size_t waiting() const { return outbox_.waiting(); }

 private:
  void on_deadline() override { pump(); }
  // Starts what is due and sets the deadline for what is not.
  void pump();
  net::Awaitable<> deliver(webhook::Delivery delivery, TargetPtr target);
  void settle(const webhook::Delivery& delivery, const base::Result<PostAnswer>& answer);
  void count(std::string_view result, std::size_t times = 1);

  net::Loop& loop_;
  net::Resolver& resolver_;
  const base::Clock& clock_;
  telemetry::Shard& shard_;
  RoundsOptions options_;
  webhook::Outbox outbox_;
  base::UuidGenerator ids_;
  std::map<std::string, TargetPtr, std::less<>> targets_;
  std::map<std::uint64_t, net::CancelToken> under_way_;  // by the delivery's number
  bool stopped_ = false;
};

}  // namespace pointsman::courier
