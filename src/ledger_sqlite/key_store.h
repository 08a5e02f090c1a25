// Virtual keys in access.db, in the ledger's directory (mode 0600; shared_db.h says what its transactions promise).
//
// One object, one thread at a time; any number of processes may have the same directory open. A change costs one fsync,
// version() one read of one row.
#pragma once

#include <memory>
#include <string>

#include "ledger/key_store.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

inline constexpr const char* kAccessFile = "access.db";

// kReadOnly fails with kNotFound where no key was ever made; everything that writes then fails.
base::Result<std::unique_ptr<ledger::KeyStore>> open_key_store(const std::string& directory,
                                                               OpenMode mode = OpenMode::kReadWriteCreate);

}  // namespace pointsman::ledger_sqlite
