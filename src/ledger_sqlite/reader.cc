#include "ledger_sqlite/reader.h"

#include <unistd.h>

#include <algorithm>

#include "ledger/entry_codec.h"
#include "ledger_sqlite/database.h"
#include "ledger_sqlite/filter_sql.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

constexpr std::size_t kPageRows = 256;

std::string scan_sql(const ledger::Filter& filter, bool resumed) {
  std::string sql = "SELECT record, id FROM entries WHERE 1" + conditions_of(filter);
  if (resumed) sql += filter.newest_first ? " AND id < ?8" : " AND id > ?8";
  return sql + (filter.newest_first ? " ORDER BY id DESC LIMIT ?9" : " ORDER BY id LIMIT ?9");
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
    const FilterBounds bounds(filter);
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
  base::Result<std::vector<ledger::Entry>> read_page(const ledger::Filter& filter, const FilterBounds& bounds,
                                                     const std::optional<base::Uuid>& last, std::size_t rows) {
    PM_TRY(Statement statement, database_.prepare(scan_sql(filter, last.has_value())));
    bind_conditions(statement, filter, bounds);
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
