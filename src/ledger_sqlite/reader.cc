#include "ledger_sqlite/reader.h"

#include <unistd.h>

#include <algorithm>

#include "ledger/entry_codec.h"
#include "ledger/filter.h"
#include "ledger_sqlite/database.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_sqlite {
namespace {

constexpr std::size_t kPageRows = 256;

std::string_view view(const base::Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// Numbered parameters, so that absent conditions need no text of their own.
std::string scan_sql(const ledger::Filter& filter, bool resumed) {
  std::string sql = "SELECT record, id FROM entries WHERE 1";
  if (filter.since) sql += " AND id >= ?1";
  if (filter.until) sql += " AND id < ?2";
  if (!filter.category.empty()) sql += " AND category = ?3";
  if (!filter.model.empty()) sql += " AND model = ?4";
  if (!filter.stage.empty()) sql += " AND stage = ?5";
  if (filter.outcome) sql += " AND outcome = ?6";
  if (filter.only_fallback) sql += " AND stage = ?7";
  if (filter.before) sql += " AND id < ?10";
  if (resumed) sql += filter.newest_first ? " AND id < ?8" : " AND id > ?8";
  return sql + (filter.newest_first ? " ORDER BY id DESC LIMIT ?9" : " ORDER BY id LIMIT ?9");
}

struct Bounds {
  base::Uuid since;
  base::Uuid until;
};

void bind_filter(Statement& statement, const ledger::Filter& filter, const Bounds& bounds) {
  if (filter.since) statement.bind_blob(1, view(bounds.since));
  if (filter.until) statement.bind_blob(2, view(bounds.until));
  if (!filter.category.empty()) statement.bind_text(3, filter.category);
  if (!filter.model.empty()) statement.bind_text(4, filter.model);
  if (!filter.stage.empty()) statement.bind_text(5, filter.stage);
  if (filter.outcome) statement.bind(6, static_cast<std::int64_t>(*filter.outcome));
  if (filter.only_fallback) statement.bind_text(7, ledger::kFallbackStage);
  if (filter.before) statement.bind_blob(10, view(*filter.before));
}

class SqliteReader final : public ledger::Reader {
 public:
  explicit SqliteReader(Database database) : database_(std::move(database)) {}

  base::Result<std::optional<ledger::Entry>> find(const base::Uuid& id) override {
    PM_TRY(Statement statement, database_.prepare("SELECT record FROM entries WHERE id = ?1"));
    statement.bind_blob(1, view(id));
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    PM_TRY(ledger::Entry entry, ledger::decode(statement.bytes(0)));
    return entry;
  }

  base::Result<void> scan(const ledger::Filter& filter,
                          const std::function<bool(const ledger::Entry&)>& each) override {
    Bounds bounds;
    if (filter.since) bounds.since = base::Uuid::at(*filter.since);
    if (filter.until) bounds.until = base::Uuid::at(*filter.until);
    std::optional<base::Uuid> last;
    for (std::size_t left = filter.limit; left > 0;) {
      // What only the record knows is looked for in whole pages.
      const std::size_t page = filter.key.empty() ? std::min(left, kPageRows) : kPageRows;
      PM_TRY(const std::vector<ledger::Entry> entries, read_page(filter, bounds, last, page));
      for (const ledger::Entry& entry : entries) {
        if (!filter.key.empty() && entry.key != filter.key) continue;
        if (!each(entry) || --left == 0) return {};
      }
      if (entries.size() < page) return {};
      last = entries.back().id;
    }
    return {};
  }

  base::Result<std::optional<std::string>> policy(std::string_view version) override {
    PM_TRY(Statement statement, database_.prepare("SELECT document FROM policies WHERE version = ?1"));
    statement.bind_text(1, version);
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    return std::string(statement.bytes(0));
  }

 private:
  base::Result<std::vector<ledger::Entry>> read_page(const ledger::Filter& filter, const Bounds& bounds,
                                                     const std::optional<base::Uuid>& last, std::size_t rows) {
    PM_TRY(Statement statement, database_.prepare(scan_sql(filter, last.has_value())));
    bind_filter(statement, filter, bounds);
    if (last) statement.bind_blob(8, view(*last));
    statement.bind(9, static_cast<std::int64_t>(rows));
    std::vector<ledger::Entry> entries;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return entries;
      PM_TRY(ledger::Entry entry, ledger::decode(statement.bytes(0)));
      entries.push_back(std::move(entry));
    }
  }

  Database database_;
};

}  // namespace

base::Result<std::unique_ptr<ledger::Reader>> open_reader(const std::string& directory) {
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(Database database, Database::open(path, OpenMode::kReadOnly));
  PM_TRY([[maybe_unused]] const std::int64_t version, database.query_integer("PRAGMA user_version"));
  return std::make_unique<SqliteReader>(std::move(database));
}

}  // namespace pointsman::ledger_sqlite
