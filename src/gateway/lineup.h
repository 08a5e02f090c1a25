// Which snapshots decide: the champion's for most conversations, a canary's for a share of them, and a shadow that only
// says what it would have decided.
//
// A plain value, handed to the workers as a whole, so that no request ever sees half of a change (I5). Immutable.
#pragma once

#include <cstdint>
#include <memory>

#include "base/hash.h"
#include "classify/correction_memory.h"
#include "gateway/shadow.h"
#include "gateway/snapshot.h"
#include "watch/canary_trial.h"

namespace pointsman::gateway {

struct Lineup {
  SnapshotPtr champion;                                      // never null
  SnapshotPtr canary;                                        // null: there is none
  double share = 0;                                          // of the conversations, that the canary decides
  std::shared_ptr<Shadow> shadow;                            // null: there is none
  std::shared_ptr<const classify::CorrectionMemory> memory;  // for all of them alike; null: nothing is remembered
};

// Whether a conversation is the canary's: it stays where it is for as long as the canary does, on every replica, and
// another canary gets other conversations.
inline bool is_canarys(const Lineup& lineup, std::uint64_t conversation) {
  if (!lineup.canary) return false;
  const std::uint64_t trial = base::xxh3(lineup.canary->classifier_version);
  return watch::arm_of(conversation, lineup.share, trial) == watch::Arm::kCanary;
}

}  // namespace pointsman::gateway
