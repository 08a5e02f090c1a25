// The ledger in files of one directory, as the seam for whatever works with a ledger (ledger/backend.h).
// Any thread.
#pragma once

#include <memory>
#include <string>

#include "ledger/backend.h"

namespace pointsman::ledger_sqlite {

// Opens nothing yet.
ledger::BackendPtr make_backend(std::string directory);

}  // namespace pointsman::ledger_sqlite
