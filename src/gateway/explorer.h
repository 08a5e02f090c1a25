// Exploration in one worker: draws the lots of router.explore and keeps to its share of what exploring may cost.
//
// Half of a day's money may be saved up and half comes back within a day, so that no day sees more than all of it;
// the workers have equal parts. What was expected to be spent is put aside when the lot falls and settled by what the
// answer cost; what nobody knows is taken for what was expected. A restart begins with a full purse. Belongs to one
// worker's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "config/config.h"
#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "ledger/entry.h"
#include "limits/token_bucket.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

class Explorer {
 public:
  // `workers` in the process share the money.
  Explorer(std::uint64_t seed, int workers) : rng_(seed), workers_(workers) {}

  // From the next request on. What was spent stays spent unless the sum changes.
  void use(const std::optional<config::ExploreConfig>& settings, base::MonoTime now);

  // Fills decision.explored for every routed request while the configuration explores, and with the configured
  // probability puts another model first. `conditions` are those the candidates were ranked under; the conversation is
  // the request's. Requests that go on with tool results keep their model, and nothing is tried while the certificate
  // does not cover what is seen.
  void explore(const Snapshot& snapshot, const llm::ChatRequest& request, route::Conditions conditions,
               base::MonoTime now, Decision& decision);

  // When the answer is there: what it cost in `entry` against what the preferred model would have taken for it.
  void settle(const Snapshot& snapshot, const Decision& decision, const ledger::Entry& entry, base::MonoTime now);

 private:
  base::Rng rng_;
  int workers_;
  std::optional<config::ExploreConfig> settings_;
  std::optional<limits::TokenBucket> purse_;  // nano-dollars
  route::Ranked work_;
  std::vector<route::ModelIndex> alternatives_;
};

}  // namespace pointsman::gateway
