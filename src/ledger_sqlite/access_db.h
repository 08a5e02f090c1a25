// The tables of access.db, and rows of them as values: private to key_store.cc.
//
// Functions on one connection; they run within the caller's transaction.
#pragma once

#include <vector>

#include "ledger/key.h"
#include "ledger_sqlite/shared_db.h"

namespace pointsman::ledger_sqlite {

base::Result<SharedDb> open_access_db(const std::string& directory, OpenMode mode);

// All keys with all that belongs to them, in the order of their ids. kCorrupt naming the key and the column.
base::Result<std::vector<ledger::Key>> read_keys(Database& database);
// The row of the key and those that belong to it; its secrets count as made at `key.created`.
base::Result<void> insert_key(Database& database, const ledger::Key& key);
// Of a key that is there: expiry, models, categories, budgets and rates as in `key`.
base::Result<void> replace_terms(Database& database, const ledger::Key& key);

}  // namespace pointsman::ledger_sqlite
