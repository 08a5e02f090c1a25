// Which driver a ledger has: files of one directory, or a PostgreSQL database. The one place that names both.
//
// Any thread. Nothing is opened here but by open_store().
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "config/config.h"
#include "journal/store.h"
#include "ledger/backend.h"
#include "ledger_postgres/target.h"
#include "limits/lease.h"

namespace pointsman::ledger_drivers {

// Where that configuration keeps its ledger.
ledger::BackendPtr backend_of(const config::LedgerConfig& ledger);
// Where `place` says: the URL of a PostgreSQL database (its password is found as libpq does), a directory, or the
// database file in one.
ledger::BackendPtr backend_at(const std::string& place);

ledger_postgres::Target target_of(const config::PostgresConfig& postgres);

// The pool of budgets that replicas share. `holder` is this replica's own, made anew at each start.
base::Result<std::unique_ptr<limits::LeasePool>> open_budget_pool(const config::PostgresConfig& postgres,
                                                                  const base::Uuid& holder);

// The write side; the journals are in the options' directory, wherever the ledger is. Waits for the database.
base::Result<std::unique_ptr<journal::Store>> open_store(const config::LedgerConfig& ledger,
                                                         journal::StoreOptions options);

}  // namespace pointsman::ledger_drivers
