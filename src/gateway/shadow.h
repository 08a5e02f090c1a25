// A classifier that decides nothing: it is shown what the champion decided, on a thread of its own, and what it would
// have decided is counted.
//
// offer() may be called from any worker's loop and never waits: when the queue is full the request goes unseen, and
// that is counted, too. The thread runs below the event loops (SCHED_BATCH, nice +10). Ends when the last holder lets
// go.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/money.h"
#include "classify/cascade.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

struct Decision;

// What was seen so far.
struct ShadowTally {
  std::uint64_t decisions = 0;
  std::uint64_t disagreements = 0;  // it would have put the request into another category, or into the fallback
  std::uint64_t weaker = 0;         // of these: to a model of lower price
  std::uint64_t unseen = 0;         // the queue was full
  // Expected, by the shadow's own probabilities: requests that need a category whose model costs more than the one that
  // either would have sent it to.
  double underrouted = 0;
  double underrouted_champion = 0;
  base::Money cost;  // expected, at the prices of the models that each would have sent them to
  base::Money cost_champion;
};

class Shadow {
 public:
  static constexpr std::size_t kQueue = 256;

  explicit Shadow(SnapshotPtr snapshot);
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  // A request that the champion's classifier decided.
  void offer(const llm::ChatRequest& request, const Decision& decision);

  ShadowTally tally() const;
  const std::string& version() const { return snapshot_->classifier_version; }
  // Waits until everything offered so far was seen. For tests and for the end.
  void drain();

 private:
  struct Job {
    std::string text;
    std::string context;
    int tools = 0;
    llm::Requirements needs;
    classify::Evidence evidence;
    int champion = -1;  // category; -1: fallback
  };
  void work();
  void look(Job& job);
  std::optional<base::Money> price_of(int category, const llm::Requirements& needs) const;

  const SnapshotPtr snapshot_;
  std::unique_ptr<classify::Scratch> scratch_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Job> queue_;
  bool busy_ = false;
  bool stopping_ = false;
  ShadowTally tally_;
  std::thread thread_;
};

}  // namespace pointsman::gateway
