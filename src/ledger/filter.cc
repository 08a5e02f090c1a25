#include "ledger/filter.h"

namespace pointsman::ledger {

bool matches(const Filter& filter, const Entry& entry) {
  if (filter.since && entry.id < base::Uuid::at(*filter.since)) return false;
  if (filter.until && entry.id >= base::Uuid::at(*filter.until)) return false;
  if (filter.before && entry.id >= *filter.before) return false;
  if (!filter.key.empty() && entry.key != filter.key) return false;
  if (!filter.category.empty() && entry.category != filter.category) return false;
  if (!filter.model.empty() && entry.model != filter.model) return false;
  if (!filter.stage.empty() && entry.stage != filter.stage) return false;
  if (filter.outcome && entry.outcome != *filter.outcome) return false;
  return !filter.only_fallback || entry.stage == kFallbackStage;
}

}  // namespace pointsman::ledger
