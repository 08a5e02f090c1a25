// The bill of one recorded request for people, line by line as an invoice has it: tokens, price, amount; then what else
// was paid for it and what the baseline would have cost. Pure.
#pragma once

#include "cli/output.h"
#include "cli/replay.h"
#include "ledger/entry.h"

namespace pointsman::cli {

// The prices are those of the policy of that time; without it (`replayed` null) only amounts are shown.
void print_invoice(const ledger::Entry& entry, const Replay* replayed, Output& out);

}  // namespace pointsman::cli
