// Conversations as a canary sees them, simulated: sides by lot, some go bad, each has a cost.
// Pure; the same seed gives the same conversations.
#pragma once

#include <cstdint>

#include "base/rng.h"
#include "watch/canary_trial.h"

namespace pointsman::bench {

struct ConversationTraffic {
  double bad_rate = 0.04;  // of the champion's conversations
  double times_worse = 1;  // the canary's rate, as a multiple
  double times_dearer = 1;
};

// Costs are log-normal with a standard deviation of 1 of the logarithm (the dearest twentieth has a third of the money)
// and mean 1 for the champion.
class SimulatedConversations {
 public:
  SimulatedConversations(const ConversationTraffic& traffic, double share, std::uint64_t seed)
      : traffic_(traffic), share_(share), trial_(seed), rng_(seed) {}

  struct Conversation {
    std::uint64_t id = 0;
    watch::Arm arm = watch::Arm::kChampion;
    bool bad = false;
    double cost = 0;
  };
  Conversation next();

 private:
  ConversationTraffic traffic_;
  double share_;
  std::uint64_t trial_;
  base::Rng rng_;
};

}  // namespace pointsman::bench
