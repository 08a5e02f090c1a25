// The ledger in PostgreSQL, as the seam for whatever works with a ledger (ledger/backend.h).
// Any thread.
#pragma once

#include <memory>

#include "ledger/backend.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

// Opens nothing yet.
ledger::BackendPtr make_backend(Target target);

}  // namespace pointsman::ledger_postgres
