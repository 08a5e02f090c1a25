#include "ledger_sqlite/audit_store.h"

#include <array>

#include "ledger_sqlite/shared_db.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::AuditEvent;
using ledger::AuditFilter;

// kMigrations[i] leads from version i to i + 1; never edit one that was released, append another.
constexpr std::array<const char*, 1> kMigrations = {
    R"(CREATE TABLE events(
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         at INTEGER NOT NULL,
         who TEXT NOT NULL,
         kind TEXT NOT NULL,
         subject TEXT NOT NULL,
         detail TEXT NOT NULL,
         came_from TEXT NOT NULL
       );
       CREATE INDEX events_at ON events(at);)",
};
constexpr SharedFile kFile{kAuditFile, kMigrations};

std::int64_t micros(base::WallTime time) {
  return time.time_since_epoch().count();
}

class SqliteAuditStore final : public ledger::AuditStore {
 public:
  explicit SqliteAuditStore(SharedDb db) : db_(std::move(db)) {}

  Result<void> note(const AuditEvent& event) override {
    return db_.write([&]() -> Result<void> {
      PM_TRY(Statement insert, db_.database().prepare("INSERT INTO events(at, who, kind, subject, detail, came_from) "
                                                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
      insert.bind(1, micros(event.at));
      insert.bind_text(2, event.who);
      insert.bind_text(3, event.kind);
      insert.bind_text(4, event.subject);
      insert.bind_text(5, event.detail);
      insert.bind_text(6, event.from);
      PM_CHECK(insert.step());
      return {};
    });
  }

  Result<std::vector<AuditEvent>> events(const AuditFilter& filter) override {
    std::string sql = "SELECT number, at, who, kind, subject, detail, came_from FROM events WHERE number < ?1";
    if (filter.since) sql += " AND at >= ?2";
    if (filter.until) sql += " AND at < ?3";
    if (!filter.who.empty()) sql += " AND who = ?4";
    if (!filter.kind.empty()) sql += " AND kind = ?5";
    PM_TRY(Statement rows, db_.database().prepare(sql + " ORDER BY number DESC LIMIT ?6"));
    rows.bind(1, filter.before);
    if (filter.since) rows.bind(2, micros(*filter.since));
    if (filter.until) rows.bind(3, micros(*filter.until));
    if (!filter.who.empty()) rows.bind_text(4, filter.who);
    if (!filter.kind.empty()) rows.bind_text(5, filter.kind);
    rows.bind(6, static_cast<std::int64_t>(filter.limit));
    std::vector<AuditEvent> out;
    for (;;) {
      PM_TRY(const bool row, rows.step());
      if (!row) return out;
      AuditEvent& event = out.emplace_back();
      event.number = rows.integer(0);
      event.at = base::WallTime(std::chrono::microseconds(rows.integer(1)));
      event.who = rows.bytes(2);
      event.kind = rows.bytes(3);
      event.subject = rows.bytes(4);
      event.detail = rows.bytes(5);
      event.from = rows.bytes(6);
    }
  }

 private:
  SharedDb db_;
};

}  // namespace

Result<std::unique_ptr<ledger::AuditStore>> open_audit_store(const std::string& directory, OpenMode mode) {
  PM_TRY(SharedDb db, SharedDb::open(kFile, directory, mode));
  return std::make_unique<SqliteAuditStore>(std::move(db));
}

}  // namespace pointsman::ledger_sqlite
