// Reading sums of spend, of all replicas: at a gateway's start, and for reports.
// Has its own connection and belongs to one thread. Sees what was committed.
#pragma once

#include <memory>

#include "ledger/spend.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::SpendReader>> open_spend_reader(Target target);

}  // namespace pointsman::ledger_postgres
