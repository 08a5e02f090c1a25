// How much a ledger in files holds (ledger/gauge.h): bytes are those of the database's used pages.
// Has its own read-only connection; one thread.
#pragma once

#include <memory>
#include <string>

#include "ledger/gauge.h"

namespace pointsman::ledger_sqlite {

// kNotFound where there is no ledger.
base::Result<std::unique_ptr<ledger::LedgerGauge>> open_gauge(const std::string& directory);

}  // namespace pointsman::ledger_sqlite
