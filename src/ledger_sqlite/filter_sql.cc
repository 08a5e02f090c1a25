#include "ledger_sqlite/filter_sql.h"

#include "ledger/filter.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {

FilterBounds::FilterBounds(const ledger::Filter& filter) {
  if (filter.since) since = base::Uuid::at(*filter.since);
  if (filter.until) until = base::Uuid::at(*filter.until);
}

std::string conditions_of(const ledger::Filter& filter) {
  std::string sql;
  if (filter.since) sql += " AND id >= ?1";
  if (filter.until) sql += " AND id < ?2";
  if (!filter.category.empty()) sql += " AND category = ?3";
  if (!filter.model.empty()) sql += " AND model = ?4";
  if (!filter.stage.empty()) sql += " AND stage = ?5";
  if (filter.outcome) sql += " AND outcome = ?6";
  if (filter.only_fallback) sql += " AND stage = ?7";
  if (filter.before) sql += " AND id < ?10";
  return sql;
}

void bind_conditions(Statement& statement, const ledger::Filter& filter, const FilterBounds& bounds) {
  if (filter.since) statement.bind_blob(1, view(bounds.since));
  if (filter.until) statement.bind_blob(2, view(bounds.until));
  if (!filter.category.empty()) statement.bind_text(3, filter.category);
  if (!filter.model.empty()) statement.bind_text(4, filter.model);
  if (!filter.stage.empty()) statement.bind_text(5, filter.stage);
  if (filter.outcome) statement.bind(6, static_cast<std::int64_t>(*filter.outcome));
  if (filter.only_fallback) statement.bind_text(7, ledger::kFallbackStage);
  if (filter.before) statement.bind_blob(10, view(*filter.before));
}

}  // namespace pointsman::ledger_sqlite
