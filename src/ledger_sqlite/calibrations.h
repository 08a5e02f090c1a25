// The table of how models count tokens (ledger/calibration.h): written by the store's writer, read at a gateway's start
// and by commands.
//
// Functions over a connection, on its thread; reading opens a read-only one of its own, from any process.
#pragma once

#include <string>
#include <vector>

#include "ledger/calibration.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// In one transaction; on failure nothing has changed.
base::Result<void> put_calibrations(Database& database, const std::vector<ledger::KeptCalibration>& changed);

// All of them, by provider, model and measure. Fails with kNotFound where the directory holds no ledger; one of a
// program that kept none gives none.
base::Result<std::vector<ledger::KeptCalibration>> read_calibrations(const std::string& directory);

}  // namespace pointsman::ledger_sqlite
