// Sends traces to a collector from one event loop: collects records from the workers' rings a few times a second, makes
// batches of them, posts those, tries again what failed.
//
// Single-threaded: lives on its loop and ends before it does. Bounded: what the collector does not take in time is lost
// and counted, and no request ever waits for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "courier/delivery_thread.h"
#include "courier/post.h"
#include "courier/span_target.h"
#include "telemetry/metrics.h"
#include "trace/otlp_json.h"
#include "trace/outbox.h"
#include "trace/ring.h"

namespace pointsman::courier {

// What is sent, and where to.
struct SpanPlan {
  SpanTarget target;
  trace::Resource resource;
  trace::Convention convention = trace::Convention::kGenAi136;
};
using SpanPlanPtr = std::shared_ptr<const SpanPlan>;

struct SpanOptions {
  std::uint64_t seed = 0;  // of waits
  trace::OutboxPolicy policy{};
  PostLimits limits{};
  base::Duration look = std::chrono::milliseconds(100);  // how often the rings are looked into
  base::Duration linger = std::chrono::seconds(1);       // how long a span waits for others to fill a batch
  std::size_t batch_bytes = std::size_t{1} << 20;
};

using RingPtr = std::shared_ptr<trace::Ring>;

class SpanRounds final : public Deliveries, private net::DeadlineNode {
 public:
  // All but the options outlive it; the shard is this thread's.
  SpanRounds(net::Loop& loop, net::Resolver& resolver, telemetry::Shard& shard, std::vector<RingPtr> rings,
             SpanOptions options);

  // From now on to this collector; null: to none, but what was told until now is still sent, once.
  void set_plan(SpanPlanPtr plan);

  void hurry() override;
  bool busy() const override;
  void stop() override;
  void lament() override;

 private:
  void on_deadline() override;
  // Empties the rings into the batch, and the batch into the outbox where it is full or old enough.
  void collect();
  void close_batch();
  void send();
  net::Awaitable<> deliver(SpanPlanPtr plan, std::string head);
  void settle(const base::Result<PostAnswer>& answer, std::size_t spans);
  std::string head_for(const SpanTarget& target, std::size_t bytes) const;
  void lose(std::string_view reason, std::size_t spans);

  net::Loop& loop_;
  net::Resolver& resolver_;
  telemetry::Shard& shard_;
  std::vector<RingPtr> rings_;
  SpanOptions options_;
  trace::Outbox outbox_;
  SpanPlanPtr plan_;
  SpanPlanPtr last_plan_;                  // takes what was told before it was no longer wanted
  std::optional<trace::SpanBatch> batch_;  // while there is a plan
  base::MonoTime batch_began_{};
  trace::Batch under_way_;
  net::CancelToken cancel_;
  std::size_t lost_at_end_ = 0;
  bool delivering_ = false;
  bool in_trouble_ = false;  // said so in the log
  bool hurried_ = false;
  bool stopped_ = false;
};

}  // namespace pointsman::courier
