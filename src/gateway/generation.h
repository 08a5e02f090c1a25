// What one worker keeps for one snapshot: everything that is looked up by the snapshot's model and category indices.
//
// Held by every request that began under the snapshot, so that after a reload a request in flight goes on with indices,
// counters and a classifier's scratch that belong together (I5). Belongs to one worker thread.
#pragma once

#include <memory>

#include "gateway/decide.h"
#include "gateway/health.h"
#include "gateway/measure.h"
#include "gateway/prompt_sizes.h"
#include "gateway/shift_watch.h"

namespace pointsman::gateway {

struct Generation {
  // `previous` may be null; what it knows about models that did not change is shared with it.
  Generation(SnapshotPtr from, telemetry::Shard& shard, std::uint64_t seed, const Generation* previous,
             base::MonoTime now)
      : snapshot(std::move(from)),
        health(*snapshot, shard, seed, previous != nullptr ? &previous->health : nullptr, now),
        shift(*snapshot, shard, previous != nullptr ? &previous->shift : nullptr),
        measure(*snapshot, shard),
        sizes(snapshot->market) {
    decider.use(*snapshot);
  }

  const SnapshotPtr snapshot;
  std::string shared_version;  // config/shared_version.h; empty where nothing is shared
  Health health;
  ShiftWatch shift;
  Measure measure;
  PromptSizes sizes;
  Decider decider;
};
using GenerationPtr = std::shared_ptr<Generation>;

}  // namespace pointsman::gateway
