#include "ledger_sqlite/rollback_guard.h"

#include <exception>

namespace pointsman::ledger_sqlite {

RollbackGuard::~RollbackGuard() {
  if (database_.autocommit()) return;
  try {
    static_cast<void>(database_.execute("ROLLBACK"));
  } catch (const std::exception&) {  // it has been rolled back or it has not: the next BEGIN finds out
  }
}

}  // namespace pointsman::ledger_sqlite
