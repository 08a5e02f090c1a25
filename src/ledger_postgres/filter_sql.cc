#include "ledger_postgres/filter_sql.h"

#include "ledger/filter.h"

namespace pointsman::ledger_postgres {
namespace {

// " AND <left> $n", for the parameter that was added last.
void add(Conditions& conditions, const char* left) {
  conditions.sql += std::string(" AND ") + left + " $" + std::to_string(conditions.params.size());
}

void add_text(Conditions& conditions, const char* left, std::string_view value) {
  if (value.empty()) return;
  conditions.params.text(value);
  add(conditions, left);
}

void add_id(Conditions& conditions, const char* left, const base::Uuid& id) {
  conditions.params.uuid(id);
  add(conditions, left);
}

}  // namespace

Conditions conditions_of(const ledger::Filter& filter) {
  Conditions out;
  if (filter.since) add_id(out, "id >=", base::Uuid::at(*filter.since));
  if (filter.until) add_id(out, "id <", base::Uuid::at(*filter.until));
  if (filter.before) add_id(out, "id <", *filter.before);
  add_text(out, "category =", filter.category);
  add_text(out, "model =", filter.model);
  add_text(out, "stage =", filter.stage);
  add_text(out, "key =", filter.key);
  if (filter.only_fallback) add_text(out, "stage =", ledger::kFallbackStage);
  if (filter.outcome) {
    out.params.integer(static_cast<std::int64_t>(*filter.outcome));
    add(out, "outcome =");
  }
  return out;
}

}  // namespace pointsman::ledger_postgres
