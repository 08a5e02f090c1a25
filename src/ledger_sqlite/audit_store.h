// The audit record in audit.db, in the ledger's directory (mode 0600; shared_db.h says what its transactions promise).
//
// One object, one thread at a time; any number of processes may have the same directory open. A note costs one fsync.
#pragma once

#include <memory>
#include <string>

#include "ledger/audit_store.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

inline constexpr const char* kAuditFile = "audit.db";

// kReadOnly fails with kNotFound where nothing was ever noted; note() then fails.
base::Result<std::unique_ptr<ledger::AuditStore>> open_audit_store(const std::string& directory,
                                                                   OpenMode mode = OpenMode::kReadWriteCreate);

}  // namespace pointsman::ledger_sqlite
