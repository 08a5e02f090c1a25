#include "ledger_sqlite/retention.h"

#include <fmt/format.h>

#include "base/uuid.h"

namespace pointsman::ledger_sqlite {
namespace {

base::Result<std::int64_t> delete_older(Database& database, const base::Uuid& bound) {
  PM_TRY(Statement statement,
         database.prepare(
             fmt::format("DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE id < ?1 ORDER BY id LIMIT {})",
                         kRetentionRows)));
  statement.bind_blob(1, {reinterpret_cast<const char*>(bound.bytes.data()), bound.bytes.size()});
  PM_CHECK(statement.run());
  return database.query_integer("SELECT changes()");
}

base::Result<std::uint64_t> used_bytes(Database& database) {
  PM_TRY(const std::int64_t pages, database.query_integer("PRAGMA page_count"));
  PM_TRY(const std::int64_t unused, database.query_integer("PRAGMA freelist_count"));
  PM_TRY(const std::int64_t size, database.query_integer("PRAGMA page_size"));
  return static_cast<std::uint64_t>((pages - unused) * size);
}

// True if pages are left to return.
base::Result<bool> shrink(Database& database) {
  PM_TRY(const std::int64_t unused, database.query_integer("PRAGMA freelist_count"));
  if (unused == 0) return false;
  PM_CHECK(database.execute(fmt::format("PRAGMA incremental_vacuum({})", kRetentionPages)));
  return unused > kRetentionPages;
}

}  // namespace

base::Result<bool> retain_step(Database& database, const RetentionOptions& options, base::WallTime now) {
  std::int64_t deleted = 0;
  if (options.max_age) {
    PM_TRY(deleted, delete_older(database, base::Uuid::at(now - *options.max_age)));
  }
  if (options.max_bytes && deleted == 0) {
    PM_TRY(const std::uint64_t used, used_bytes(database));
    base::Uuid last;
    last.bytes.fill(0xff);
    if (used > *options.max_bytes) {
      PM_TRY(deleted, delete_older(database, last));
    }
  }
  PM_TRY(const bool unused, shrink(database));
  return unused || deleted > 0;
}

}  // namespace pointsman::ledger_sqlite
