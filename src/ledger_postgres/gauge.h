// How much a ledger in PostgreSQL holds (ledger/gauge.h): bytes are those of the partitions with their indexes.
// Has its own connection; one thread.
#pragma once

#include <memory>

#include "ledger/gauge.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::LedgerGauge>> open_gauge(Target target);

}  // namespace pointsman::ledger_postgres
