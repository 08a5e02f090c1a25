// Reading the ledger: for the command line and the dashboard, from any process, while replicas write.
//
// Has its own connection and belongs to one thread. Sees what was committed. Long scans read in pages.
#pragma once

#include <memory>

#include "ledger/store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::Reader>> open_reader(Target target);

// How many entries a filter asks for; its limit does not count.
base::Result<std::uint64_t> count_entries(Target target, const ledger::Filter& filter);

}  // namespace pointsman::ledger_postgres
