// The thread that keeps what people say about decisions, so that no event loop ever waits for the disk.
//
// One per process; outlives everything that offers it errands. start() and stop() belong to the thread that made it,
// the rest may be called from any. The books are opened with the first errand, and again after they failed. Errands
// take turns, slice by slice; those that wait for a decision to arrive hold up nobody.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "gateway/feedback_errand.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

struct FeedbackDeskOptions {
  std::size_t errands = 256;      // most at the desk at once
  std::size_t bytes = 48U << 20;  // most that their texts take; one alone may take more
};

class FeedbackDesk {
 public:
  enum class Offer : std::uint8_t { kTaken, kFull, kClosed };

  FeedbackDesk() = default;
  ~FeedbackDesk() { stop(); }
  FeedbackDesk(const FeedbackDesk&) = delete;
  FeedbackDesk& operator=(const FeedbackDesk&) = delete;

  // Until then, errands are turned away. `clock` and `shard`, the thread's own, outlive the desk.
  void start(OpenBooks open, const base::Clock& clock, telemetry::Shard& shard, std::uint64_t seed,
             const FeedbackDeskOptions& options = {});
  // An errand that was taken hears done() unless the desk stops first.
  Offer offer(FeedbackErrandPtr errand);
  // Forgets what waits and ends the thread after the slice it is at. Takes no more errands.
  void stop();

  // Errands at the desk.
  std::size_t waiting() const;

 private:
  static constexpr std::chrono::minutes kWarnEvery{1};

  void work(std::uint64_t seed);
  // Waits for the next errand whose turn it is; nothing when the desk stops.
  FeedbackErrandPtr next();
  // True when the errand is over.
  bool advance(const FeedbackErrandPtr& errand, base::UuidGenerator& ids);
  void put_back(FeedbackErrandPtr errand, base::Duration pause);
  void finish(const FeedbackErrandPtr& errand);
  // Also what nobody waits for any more.
  void count(const ImportCount& kept);
  base::Result<FeedbackErrand::Next> step(FeedbackErrand& errand, base::UuidGenerator& ids);
  void warn(const base::Error& error);

  OpenBooks open_;
  const base::Clock* clock_ = nullptr;
  telemetry::Shard* shard_ = nullptr;
  FeedbackDeskOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool running_ = false;
  std::deque<FeedbackErrandPtr> ready_;
  std::multimap<base::MonoTime, FeedbackErrandPtr> later_;
  std::size_t errands_ = 0;
  std::size_t bytes_ = 0;

  // The thread's own:
  FeedbackBooks books_;
  base::MonoTime quiet_until_{};
  std::thread thread_;
};

}  // namespace pointsman::gateway
