// The table of how models count tokens (ledger/calibration.h): written by the stores of all replicas, the last one
// wins. Functions over a session, on its thread.
#pragma once

#include <vector>

#include "ledger/calibration.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {

// In one transaction; on failure nothing has changed.
base::Result<void> put_calibrations(Session& session, const std::vector<ledger::KeptCalibration>& changed);
// All of them, by provider, model and measure.
base::Result<std::vector<ledger::KeptCalibration>> read_calibrations(Session& session);

}  // namespace pointsman::ledger_postgres
