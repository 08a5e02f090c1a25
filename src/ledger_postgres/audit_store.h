// The audit record in PostgreSQL, of all replicas.
// One object, one thread at a time. Notes come one after another, so that numbers have no gaps and are in order.
#pragma once

#include <memory>

#include "ledger/audit_store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::AuditStore>> open_audit_store(Target target);

}  // namespace pointsman::ledger_postgres
