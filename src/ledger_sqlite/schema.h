// The database's tables and settings, and how an older file becomes a current one.
//
// PRAGMA user_version counts the migrations applied. entries is keyed by the UUIDv7 id, so that rows append in time
// order and a time range is an id range; no other index, because every index costs each request CPU. The columns are
// what filters and reports need; `record` is the whole entry (ledger/entry_codec.h). Money is in nano-dollars.
#pragma once

#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

inline constexpr const char* kDatabaseFile = "ledger.sqlite";

// Sets WAL and synchronous=FULL (a commit survives a power cut) and applies what is missing, each step in one
// transaction. Fails with kUnsupported if a newer program made the file.
base::Result<void> prepare_schema(Database& database);

}  // namespace pointsman::ledger_sqlite
