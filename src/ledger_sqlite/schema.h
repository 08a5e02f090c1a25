// The database's tables and settings, and how an older file becomes a current one.
//
// PRAGMA user_version counts the migrations applied. entries is keyed by the UUIDv7 id, so that rows append in time
// order and a time range is an id range; no other index, because every index costs each request CPU. It has rowids,
// since a table WITHOUT ROWID keeps no row of more than a quarter of a page in one piece: entries with the features of
// their prompt would each take a page more. The columns are what filters and reports need; `record` is the whole entry
// (ledger/entry_codec.h). Money is in nano-dollars.
//
// spend holds what was spent (ledger/spend.h), changed in the transaction that inserts the entries it is made of: rows
// of user 0 are the whole of a node, an owner and a key; those of other users are parts of it. Bucket 0 is long ago,
// and spend_horizon the first bucket that was never summed up into it.
//
// calibrations holds how models count tokens (ledger/calibration.h).
#pragma once

#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

inline constexpr const char* kDatabaseFile = "ledger.sqlite";

// Sets WAL and synchronous=FULL (a commit survives a power cut) and applies what is missing, each step in one
// transaction. Fails with kUnsupported if a newer program made the file.
base::Result<void> prepare_schema(Database& database);

}  // namespace pointsman::ledger_sqlite
