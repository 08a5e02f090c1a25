// The thread that delivers events to webhooks, apart from those that serve requests.
//
// One per process, owned by the composition root. start(), set_targets() and stop() belong to the thread that made it,
// announce() may be called from any. Without webhooks there is no thread.
#pragma once

#include <mutex>
#include <vector>

#include "courier/delivery_thread.h"
#include "courier/rounds.h"

namespace pointsman::courier {

class Courier {
 public:
  // Both outlive it; the shard is its thread's alone.
  Courier(const base::Clock& clock, telemetry::Shard& shard, RoundsOptions options)
      : clock_(clock), shard_(shard), options_(std::move(options)) {}
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Where events go from now on; the first that are not none start the thread.
  void set_targets(std::vector<TargetPtr> targets);
  // Does nothing where there are no targets. Never waits.
  void announce(webhook::Event event);
  // Gives what is due so long to be delivered, drops the rest, and ends the thread.
  void stop(base::Duration grace);

 private:
  void start();

  const base::Clock& clock_;
  telemetry::Shard& shard_;
  RoundsOptions options_;
  Rounds* rounds_ = nullptr;  // the thread's
  std::mutex announcing_;     // so that nobody posts to a loop that goes
  bool running_ = false;
  DeliveryThread thread_{"webhooks"};
};

}  // namespace pointsman::courier
