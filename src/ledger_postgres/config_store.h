// Configurations that replicas share, in PostgreSQL (ledger/config_store.h).
// One thread.
#pragma once

#include <memory>

#include "ledger/config_store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::ConfigStore>> open_config_store(Target target);

}  // namespace pointsman::ledger_postgres
