#include "ledger_postgres/audit_store.h"

#include <algorithm>

#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::AuditEvent;
using ledger::AuditFilter;

class PostgresAuditStore final : public ledger::AuditStore {
 public:
  explicit PostgresAuditStore(Session session) : session_(std::move(session)) {}

  Result<void> note(const AuditEvent& event) override {
    return session_.write(Lock::kAudit, [&](Connection& connection) -> Result<void> {
      Params params;
      params.time(event.at).text(event.who).text(event.kind).text(event.subject).text(event.detail).text(event.from);
      PM_CHECK(
          connection.run("INSERT INTO audit_events(number, at, who, kind, subject, detail, came_from) "
                         "SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM audit_events",
                         params));
      return {};
    });
  }

  Result<std::vector<AuditEvent>> events(const AuditFilter& filter) override {
    constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();
    Params params;
    params.integer(filter.before).time(filter.since).time(filter.until).text(filter.who).text(filter.kind);
    params.integer(static_cast<std::int64_t>(std::min(filter.limit, kAll)));
    PM_TRY(const Rows rows, session_.read("SELECT number, at, who, kind, subject, detail, came_from FROM audit_events "
                                          "WHERE number < $1 AND ($2 IS NULL OR at >= $2) AND ($3 IS NULL OR at < $3) "
                                          "AND ($4 = '' OR who = $4) AND ($5 = '' OR kind = $5) "
                                          "ORDER BY number DESC LIMIT $6",
                                          params));
    std::vector<AuditEvent> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.push_back({.number = rows.integer(i, 0),
                     .at = rows.time(i, 1),
                     .who = rows.text(i, 2),
                     .kind = rows.text(i, 3),
                     .subject = rows.text(i, 4),
                     .detail = rows.text(i, 5),
                     .from = rows.text(i, 6)});
    }
    return out;
  }

 private:
  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::AuditStore>> open_audit_store(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresAuditStore>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
