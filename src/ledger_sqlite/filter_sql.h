// A ledger::Filter as conditions of SQL on the table of entries.
//
// Numbered parameters (?1 to ?7 and ?10), so that absent conditions need no text of their own. The filter's key is not
// among them: only the record knows it. Pure.
#pragma once

#include <string>

#include "ledger/store.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// The ids that the filter's times stand for; outlives the statement that they are bound to.
struct FilterBounds {
  explicit FilterBounds(const ledger::Filter& filter);
  base::Uuid since;
  base::Uuid until;
};

// " AND id >= ?1 AND model = ?4"; empty where everything is asked for.
std::string conditions_of(const ledger::Filter& filter);
// Binds views of both.
void bind_conditions(Statement& statement, const ledger::Filter& filter, const FilterBounds& bounds);

}  // namespace pointsman::ledger_sqlite
