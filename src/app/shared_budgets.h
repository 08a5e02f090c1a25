// Budgets that this process shares with other replicas: starts the keeper of their slices where the ledger is in a
// database.
#pragma once

#include "app/budget_history.h"
#include "base/uuid.h"
#include "config/config.h"
#include "gateway/lease_keeper.h"
#include "gateway/quota_desk.h"
#include "telemetry/registry.h"

namespace pointsman::app {

// The times of a holder whose leases last that long.
limits::LeaseTerms lease_terms(config::Milliseconds lease);

// Does nothing where the ledger is in files. `holder` is this process's own; all but the configuration outlive the
// keeper. The main thread's; the database is first asked on the keeper's.
void keep_leases(gateway::LeaseKeeper& keeper, gateway::QuotaDesk& desk, const config::LedgerConfig& ledger,
                 ledger::BackendPtr backend, const KeyBirths& births, const base::Uuid& holder,
                 telemetry::Registry& registry);

}  // namespace pointsman::app
