#include "ledger_sqlite/ledger_gauge.h"

#include <unistd.h>

#include <algorithm>

#include "ledger_sqlite/database.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {

using base::Result;
using ledger::LedgerSize;

namespace {

class SqliteGauge final : public ledger::LedgerGauge {
 public:
  explicit SqliteGauge(Database database) : database_(std::move(database)) {}

  Result<LedgerSize> measure(base::MonoTime now) override;

 private:
  Result<std::optional<base::Uuid>> end(const char* sql);
  Result<std::int64_t> count_after(const base::Uuid& id);

  Database database_;
  std::optional<base::MonoTime> counted_at_;  // all of them
  base::Uuid last_;                           // the newest that was counted
  std::int64_t entries_ = 0;
};

Result<std::optional<base::Uuid>> SqliteGauge::end(const char* sql) {
  PM_TRY(Statement statement, database_.prepare(sql));
  PM_TRY(const bool row, statement.step());
  if (!row) return std::nullopt;
  PM_TRY(const base::Uuid id, read_uuid(statement, 0));
  return id;
}

Result<std::int64_t> SqliteGauge::count_after(const base::Uuid& id) {
  PM_TRY(Statement statement, database_.prepare("SELECT COUNT(*) FROM entries WHERE id > ?1"));
  statement.bind_blob(1, view(id));
  PM_TRY([[maybe_unused]] const bool row, statement.step());
  return statement.integer(0);
}

Result<LedgerSize> SqliteGauge::measure(base::MonoTime now) {
  LedgerSize out;
  PM_TRY(const auto oldest, end("SELECT id FROM entries ORDER BY id LIMIT 1"));
  PM_TRY(const auto newest, end("SELECT id FROM entries ORDER BY id DESC LIMIT 1"));
  PM_TRY(const std::int64_t pages, database_.query_integer("PRAGMA page_count"));
  PM_TRY(const std::int64_t unused, database_.query_integer("PRAGMA freelist_count"));
  PM_TRY(const std::int64_t page, database_.query_integer("PRAGMA page_size"));
  out.bytes = static_cast<std::uint64_t>((pages - unused) * page);
  if (!oldest || !newest) {
    counted_at_.reset();
    return out;
  }
  out.oldest = oldest->time();
  out.newest = newest->time();
  if (!counted_at_ || now - *counted_at_ >= kRecount) {
    PM_TRY(entries_, count_after(base::Uuid{}));
    counted_at_ = now;
  } else {
    PM_TRY(const std::int64_t added, count_after(last_));
    entries_ += added;
  }
  last_ = *newest;
  out.entries = entries_;
  return out;
}

}  // namespace

Result<std::unique_ptr<ledger::LedgerGauge>> open_gauge(const std::string& directory) {
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(Database database, Database::open(path, OpenMode::kReadOnly));
  return std::make_unique<SqliteGauge>(std::move(database));
}

}  // namespace pointsman::ledger_sqlite
