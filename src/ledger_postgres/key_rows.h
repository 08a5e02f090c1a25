// Keys as rows of their tables: private to key_store.cc.
// Functions on one connection; they run within the caller's transaction.
#pragma once

#include <vector>

#include "ledger/key.h"
#include "ledger_postgres/connection.h"

namespace pointsman::ledger_postgres {

// All keys with all that belongs to them, in the order of their ids. kCorrupt naming the key and the column.
base::Result<std::vector<ledger::Key>> read_keys(Connection& connection);
// The row of the key and those that belong to it; its secrets count as made at `key.created`.
base::Result<void> insert_key(Connection& connection, const ledger::Key& key);
// Of a key that is there: expiry, models, categories, budgets and rates as in `key`.
base::Result<void> replace_terms(Connection& connection, const ledger::Key& key);

}  // namespace pointsman::ledger_postgres
