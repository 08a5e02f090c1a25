// Forgetting old entries in small steps, so that the writer is never held up for long.
// Runs on the writer's thread.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "journal/writer.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// max_bytes is of the database's used pages; the WAL beside it is bounded by its own limit.
using RetentionOptions = journal::RetentionOptions;

// The rows one step deletes at most, and the pages it returns to the file system.
inline constexpr int kRetentionRows = 500;
inline constexpr int kRetentionPages = 256;

// Deletes up to kRetentionRows of the oldest entries beyond the limits, each step its own transaction. True if there
// is more to do.
base::Result<bool> retain_step(Database& database, const RetentionOptions& options, base::WallTime now);

}  // namespace pointsman::ledger_sqlite
