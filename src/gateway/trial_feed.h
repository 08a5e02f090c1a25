// What workers tell about requests to whoever judges classifiers while they serve: how each request of a trial ended,
// and what the first request of each conversation looked like.
//
// One per process. note() and show() may be called from any worker's loop: a short lock, and nothing is told unless
// somebody listens. Bounded: what does not fit is left out and counted. take() belongs to the listener.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pointsman::gateway {

// A request that was decided while a canary was on trial, once it has ended.
struct TrialEvent {
  std::uint64_t conversation = 0;
  bool canary = false;         // decided by it
  bool first = false;          // nothing was said before it in its conversation
  bool bad = false;            // it failed, through no fault of the client
  std::optional<double> cost;  // in dollars; unknown stays unknown
};

// The first request of a conversation, as the champion saw it.
struct SeenRequest {
  std::string text;  // its beginning
  float probability = -1;
  float outside = -1;
  int category = -1;
};

class TrialFeed {
 public:
  static constexpr std::size_t kEvents = 65'536;
  // Between two takes, a few a second. What judges them needs thousands, not all: a sample of a busy gateway's requests
  // says the same, and each costs the listener ten microseconds.
  static constexpr std::size_t kSeen = 64;
  static constexpr std::size_t kText = 2048;

  // Whether anybody wants to know; cheap.
  bool wants_events() const { return events_wanted_.load(std::memory_order_relaxed); }
  bool wants_requests() const {
    return requests_wanted_.load(std::memory_order_relaxed) && !seen_enough_.load(std::memory_order_relaxed);
  }
  void listen(bool events, bool requests) {
    events_wanted_.store(events, std::memory_order_relaxed);
    requests_wanted_.store(requests, std::memory_order_relaxed);
  }

  void note(const TrialEvent& event) {
    const std::scoped_lock lock(mutex_);
    if (events_.size() < kEvents) {
      events_.push_back(event);
    } else {
      ++lost_;
    }
  }
  void show(SeenRequest request) {
    const std::scoped_lock lock(mutex_);
    if (seen_.size() < kSeen) seen_.push_back(std::move(request));
    seen_enough_.store(seen_.size() >= kSeen, std::memory_order_relaxed);
  }

  struct Taken {
    std::vector<TrialEvent> events;
    std::vector<SeenRequest> seen;
    std::uint64_t lost = 0;  // events that did not fit, ever
  };
  Taken take() {
    const std::scoped_lock lock(mutex_);
    seen_enough_.store(false, std::memory_order_relaxed);
    return {std::exchange(events_, {}), std::exchange(seen_, {}), lost_};
  }

 private:
  std::atomic<bool> events_wanted_{false};
  std::atomic<bool> requests_wanted_{false};
  std::atomic<bool> seen_enough_{false};
  std::mutex mutex_;
  std::vector<TrialEvent> events_;
  std::vector<SeenRequest> seen_;
  std::uint64_t lost_ = 0;
};

}  // namespace pointsman::gateway
