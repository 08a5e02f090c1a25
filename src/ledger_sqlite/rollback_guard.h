// Rolls back, when it goes out of scope, a transaction that is still open then: an error came before its COMMIT, or an
// exception. Belongs to the thread of its connection, which outlives it.
#pragma once

#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

class RollbackGuard {
 public:
  explicit RollbackGuard(Database& database) : database_(database) {}
  ~RollbackGuard();
  RollbackGuard(const RollbackGuard&) = delete;
  RollbackGuard& operator=(const RollbackGuard&) = delete;

 private:
  Database& database_;
};

}  // namespace pointsman::ledger_sqlite
