// What each conversation cost: adds up its requests, and tells it when it has been watched for long enough.
//
// Every conversation is watched for the same number of requests of all traffic after its first (the horizon), so
// conversations come out in the order in which they began, long ones and short ones alike: if they came out when they
// end, the first to be told would be the short ones, of both sides but not equally of both. What a conversation does
// after its horizon is left out, for as long as it goes on. Conversations that were met within the first horizon may
// have begun before anyone watched; they are left out too.
//
// Belongs to one thread. All memory is taken at the start: about 200 bytes for each request of the horizon. Windows are
// counts of requests; no clock. Not saved: after a restart another first horizon passes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "watch/canary_trial.h"

namespace pointsman::watch {

class ConversationTally {
 public:
  static constexpr std::uint32_t kMaxHorizon = 1U << 16;

  // `horizon` counts requests; 0 is taken for 1, and more than kMaxHorizon for that.
  explicit ConversationTally(std::uint32_t horizon);

  struct Over {
    Arm arm = Arm::kChampion;
    std::optional<double> cost;  // of its requests within the horizon; unknown if that of any is
  };

  // A request of `conversation` is over. Returns the conversation whose horizon has now passed: at most one does with
  // each request, since at most one begins with each.
  std::optional<Over> observe(std::uint64_t conversation, Arm arm, std::optional<double> cost);

  // Conversations in memory: at most two for each request of the horizon.
  std::size_t size() const { return queue_size_; }

 private:
  enum class Phase : std::uint8_t {
    kFree,
    kWatched,   // within its horizon
    kFinished,  // remembered, so that it does not count again
  };
  struct Slot {
    std::uint64_t conversation = 0;
    std::uint64_t until = 0;  // the request with which its phase ends
    double cost = 0;
    Phase phase = Phase::kFree;
    Arm arm = Arm::kChampion;
    bool known = true;   // the cost of every request was
    bool again = false;  // heard of since it was finished
  };

  std::size_t home(std::uint64_t conversation) const;
  // The slot of a conversation, or the free one where it would be.
  std::size_t find(std::uint64_t conversation) const;
  void begin(Slot& slot, std::uint64_t conversation, Arm arm);
  std::optional<Over> end_phases();
  void enqueue(Slot& slot);
  void erase(std::size_t at);

  std::uint64_t horizon_;
  std::uint64_t requests_ = 0;
  std::vector<Slot> slots_;  // open addressing with linear probing
  // Conversations in the order in which their phases end, a ring: every phase lasts for one horizon.
  std::vector<std::uint64_t> queue_;
  std::size_t queue_first_ = 0;
  std::size_t queue_size_ = 0;
};

}  // namespace pointsman::watch
