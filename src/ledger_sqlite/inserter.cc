#include "ledger_sqlite/inserter.h"

#include <algorithm>

#include "base/log.h"
#include "ledger/entry_codec.h"
#include "ledger_sqlite/rollback_guard.h"

namespace pointsman::ledger_sqlite {
namespace {

std::optional<std::int64_t> nanos(const std::optional<base::Money>& money) {
  if (!money) return std::nullopt;
  return money->nanos;
}

}  // namespace

base::Result<Inserter> Inserter::prepare(Database& database) {
  PM_TRY(SpendTally spend, SpendTally::prepare(database));
  Inserter inserter(std::move(spend));
  PM_TRY(inserter.begin_, database.prepare("BEGIN IMMEDIATE"));
  PM_TRY(inserter.commit_, database.prepare("COMMIT"));
  PM_TRY(inserter.row_, database.prepare("INSERT OR IGNORE INTO entries(id, category, model, stage, outcome, "
                                         "input_tokens, cached_input_tokens, output_tokens, cost, baseline_cost, "
                                         "overhead_us, total_us, record) "
                                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"));
  return inserter;
}

base::Result<void> Inserter::insert_one(const Database& database, std::string_view record) {
  const auto summary = ledger::decode_summary(record);
  if (!summary) {
    base::log_error("ledger: a record of {} bytes cannot be stored: {} ({})", record.size(), summary.error().message(),
                    summary.error().place());
    return {};
  }
  row_.bind_blob(1, {reinterpret_cast<const char*>(summary->id.bytes.data()), summary->id.bytes.size()});
  row_.bind_text(2, summary->category);
  row_.bind_text(3, summary->model);
  row_.bind_text(4, summary->stage);
  row_.bind(5, static_cast<std::int64_t>(summary->outcome));
  row_.bind(6, summary->usage.input_tokens);
  row_.bind(7, summary->usage.cached_input_tokens);
  row_.bind(8, summary->usage.output_tokens);
  row_.bind(9, nanos(summary->cost));
  row_.bind(10, nanos(summary->baseline_cost));
  row_.bind(11, summary->overhead.count());
  row_.bind(12, summary->total.count());
  row_.bind_blob(13, record);
  PM_CHECK(row_.run());
  if (database.changes() > 0) spend_.note(record);
  return {};
}

base::Result<void> Inserter::insert_all(const Database& database, std::span<const PendingRow> rows) {
  for (const PendingRow& row : rows) PM_CHECK(insert_one(database, row.record));
  PM_CHECK(spend_.store());
  return commit_.run();
}

base::Result<void> Inserter::insert(Database& database, std::span<PendingRow> rows) {
  std::ranges::sort(rows, {}, &PendingRow::id);
  spend_.clear();
  PM_CHECK(begin_.run());
  const RollbackGuard guard(database);
  return insert_all(database, rows);
}

}  // namespace pointsman::ledger_sqlite
