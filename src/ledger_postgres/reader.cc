#include "ledger_postgres/reader.h"

#include <algorithm>

#include "ledger/entry_codec.h"
#include "ledger/filter.h"
#include "ledger_postgres/filter_sql.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

constexpr std::size_t kPageRows = 256;

class PostgresReader final : public ledger::Reader {
 public:
  explicit PostgresReader(Session session) : session_(std::move(session)) {}

  Result<std::optional<ledger::Entry>> find(const base::Uuid& id) override {
    PM_TRY(const Rows rows, session_.read("SELECT record FROM entries WHERE id = $1", Params().uuid(id)));
    if (rows.empty()) return std::nullopt;
    PM_TRY(ledger::Entry entry, ledger::decode(rows.bytes(0, 0)));
    return entry;
  }

  Result<void> scan(const ledger::Filter& filter, const std::function<bool(const ledger::Entry&)>& each) override {
    std::optional<base::Uuid> last;
    for (std::size_t left = filter.limit; left > 0;) {
      const std::size_t page = std::min(left, kPageRows);
      PM_TRY(const Rows rows, read_page(filter, last, page));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        PM_TRY(const ledger::Entry entry, ledger::decode(rows.bytes(i, 0)));
        if (!matches(filter, entry)) continue;
        if (!each(entry) || --left == 0) return {};
      }
      if (rows.size() < page) return {};
      PM_TRY(last, rows.uuid(rows.size() - 1, 1));
    }
    return {};
  }

  Result<std::optional<std::string>> policy(std::string_view version) override {
    PM_TRY(const Rows rows, session_.read("SELECT document FROM policies WHERE version = $1", Params().text(version)));
    if (rows.empty()) return std::nullopt;
    return rows.text(0, 0);
  }

 private:
  Result<Rows> read_page(const ledger::Filter& filter, const std::optional<base::Uuid>& last, std::size_t rows) {
    Conditions conditions = conditions_of(filter);
    std::string sql = "SELECT record, id FROM entries WHERE true" + conditions.sql;
    if (last) {
      conditions.params.uuid(*last);
      sql += (filter.newest_first ? " AND id < $" : " AND id > $") + std::to_string(conditions.params.size());
    }
    conditions.params.integer(static_cast<std::int64_t>(rows));
    sql += filter.newest_first ? " ORDER BY id DESC" : " ORDER BY id";
    return session_.read(sql + " LIMIT $" + std::to_string(conditions.params.size()), conditions.params);
  }

  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::Reader>> open_reader(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresReader>(std::move(session));
}

Result<std::uint64_t> count_entries(Target target, const ledger::Filter& filter) {
  PM_TRY(Session session, Session::open(std::move(target)));
  const Conditions conditions = conditions_of(filter);
  PM_TRY(const Rows rows, session.read("SELECT count(*) FROM entries WHERE true" + conditions.sql, conditions.params));
  return static_cast<std::uint64_t>(rows.integer(0, 0));
}

}  // namespace pointsman::ledger_postgres
