// Reading the ledger: for the command line and the dashboard, from any process, while a gateway writes.
//
// Has its own read-only connection and belongs to one thread. Sees what the writer has committed. Long scans read in
// pages, so that they never hold up the writer's checkpoints.
#pragma once

#include <memory>

#include "ledger/store.h"

namespace pointsman::ledger_sqlite {

// Fails with kNotFound when the directory holds no ledger.
base::Result<std::unique_ptr<ledger::Reader>> open_reader(const std::string& directory);

}  // namespace pointsman::ledger_sqlite
