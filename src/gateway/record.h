// What a decision was made from, beside the classifier's probabilities, as the ledger keeps it (I4).
//
// Pure. The decision was made by that snapshot.
#pragma once

#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "ledger/entry.h"

namespace pointsman::gateway {

// The small model's opinion, and how asking for it went.
void record_opinion(const Snapshot& snapshot, const Decision& decision, ledger::Entry& out);

// What people had corrected of a request like it.
void record_recalled(const Snapshot& snapshot, const Decision& decision, ledger::Entry& out);

}  // namespace pointsman::gateway
