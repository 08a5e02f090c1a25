// Forgetting a person or a key in the ledger itself, while replicas write.
//
// Blocking; for the command line. At the end the tables that held something of theirs are written anew, for as long as
// copying them takes: writers of those days wait, and their journals hold what comes. What the database's own
// write-ahead log, its standbys and its backups still hold is theirs to let go. Journals of replicas that died are not
// searched: run it again once these have started.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "ledger/feedback_store.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {

// Removes the entries of that user or key (`who` is not looked at); how many there were. Sums of spend: see
// forget_spend() (spend_upkeep.h); budgets: see forget_budgets() (budget_pool.h). After an error, do it again; where it
// names tables, only writing those anew is left to do.
base::Result<std::uint64_t> forget_entries(const Target& target, const ledger::Whose& whose);

// Writes a table anew, without what was removed from it. `target` should be patient.
base::Result<void> overwrite_removed(const Target& target, const char* table);

}  // namespace pointsman::ledger_postgres
