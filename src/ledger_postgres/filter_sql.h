// A ledger::Filter as conditions of SQL on the table of entries.
// Pure.
#pragma once

#include <string>

#include "ledger/store.h"
#include "ledger_postgres/params.h"

namespace pointsman::ledger_postgres {

struct Conditions {
  std::string sql;  // " AND id >= $1 AND model = $2"; empty where everything is asked for
  Params params;
};

// Every entry that ledger::matches() takes is among those that they take; texts that PostgreSQL cannot hold may be
// taken for each other, so a reader asks matches() again. The limit is not among them.
Conditions conditions_of(const ledger::Filter& filter);

}  // namespace pointsman::ledger_postgres
