// The write side of a ledger in PostgreSQL (journal/store.h, which says what is promised): many replicas write to one
// database, each behind journals in a directory of its own.
//
// While the database is away the journals take what comes until they are full, and nothing is lost or written twice
// when it is back; a replica cannot start without it. What survives a power cut of the database's machine is what its
// synchronous_commit promises.
#pragma once

#include <memory>

#include "journal/store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

// `directory` of the options is for the journals. Retention drops whole days (partitions.h); max_bytes counts tables
// and indexes of entries.
base::Result<std::unique_ptr<journal::Store>> open_store(Target target, journal::StoreOptions options);
// The database alone.
base::Result<std::unique_ptr<journal::Destination>> open_destination(Target target,
                                                                     const journal::RetentionOptions& retention);

}  // namespace pointsman::ledger_postgres
