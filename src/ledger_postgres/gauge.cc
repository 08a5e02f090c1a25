#include "ledger_postgres/gauge.h"

#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

class PostgresGauge final : public ledger::LedgerGauge {
 public:
  explicit PostgresGauge(Session session) : session_(std::move(session)) {}

  Result<ledger::LedgerSize> measure(base::MonoTime now) override {
    ledger::LedgerSize out;
    PM_TRY(const Rows size, session_.read("SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint "
                                          "FROM pg_inherits WHERE inhparent = 'entries'::regclass"));
    out.bytes = static_cast<std::uint64_t>(size.integer(0, 0));
    PM_TRY(const auto oldest, end("SELECT id FROM entries ORDER BY id LIMIT 1"));
    PM_TRY(const auto newest, end("SELECT id FROM entries ORDER BY id DESC LIMIT 1"));
    if (!oldest || !newest) {
      counted_at_.reset();
      return out;
    }
    out.oldest = oldest->time();
    out.newest = newest->time();
    const bool anew = !counted_at_ || now - *counted_at_ >= kRecount;
    PM_TRY(const Rows count,
           session_.read("SELECT count(*) FROM entries WHERE id > $1", Params().uuid(anew ? base::Uuid{} : last_)));
    entries_ = (anew ? 0 : entries_) + count.integer(0, 0);
    if (anew) counted_at_ = now;
    last_ = *newest;
    out.entries = entries_;
    return out;
  }

 private:
  Result<std::optional<base::Uuid>> end(std::string_view sql) {
    PM_TRY(const Rows rows, session_.read(sql));
    if (rows.empty()) return std::nullopt;
    PM_TRY(const base::Uuid id, rows.uuid(0, 0));
    return id;
  }

  Session session_;
  std::optional<base::MonoTime> counted_at_;  // all of them
  base::Uuid last_;                           // the newest that was counted
  std::int64_t entries_ = 0;
};

}  // namespace

Result<std::unique_ptr<ledger::LedgerGauge>> open_gauge(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresGauge>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
