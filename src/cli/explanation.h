// One ledger entry told to a person, section by section: what was asked, what each stage said, who could answer, what
// happened, what it cost. Pure but for the output it writes to.
#pragma once

#include "cli/output.h"
#include "cli/replay.h"
#include "ledger/entry.h"

namespace pointsman::cli {

// `replayed` is null when the policy of that time is not to be had; candidates then come without reasons.
void print_explanation(const ledger::Entry& entry, const Replay* replayed, Output& out);

}  // namespace pointsman::cli
