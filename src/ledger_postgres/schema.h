// The tables, and how those of an older program become current ones.
//
// One sequence of numbered steps, forward only, in the first schema of the connection's search_path; the table
// pointsman_schema says how many were applied. Each step is a transaction under an advisory lock, so that any number of
// replicas may start at once. A step only adds: while a new version is rolled out, replicas of the one before go on.
//
// entries has one partition for each day of UTC (partitions.h) by its id, a UUIDv7, so that the id alone is the primary
// key and a time range is an id range. Its columns are what filters and reports need; `record` is the whole entry
// (ledger/entry_codec.h). Times are microseconds since the epoch, money is in nano-dollars. Texts are compared byte by
// byte (COLLATE "C"); what people write is bytes, since it may hold zeros.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

// How many steps there are.
std::size_t newest_schema();
// Applies what is missing, up to `version`. Fails with kUnsupported if a newer program made the tables.
base::Result<void> prepare_schema(const Target& target, std::size_t version = newest_schema());

}  // namespace pointsman::ledger_postgres
