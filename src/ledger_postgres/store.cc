#include "ledger_postgres/store.h"

#include "ledger_postgres/calibrations.h"
#include "ledger_postgres/entry_batch.h"
#include "ledger_postgres/partitions.h"
#include "ledger_postgres/spend_upkeep.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

constexpr std::string_view kNoPartition = "23514";  // check_violation: no partition takes the row

class PostgresDestination final : public journal::Destination {
 public:
  PostgresDestination(Session session, const journal::RetentionOptions& retention)
      : session_(std::move(session)), retention_(retention) {}

  Result<void> insert(std::span<journal::PendingRow> rows) override {
    const EntryBatch batch = make_batch(rows);
    if (batch.rows == 0) return {};
    auto done = write(batch);
    if (done || !lacks_partition_) return done;
    partitions_.forget();
    return write(batch);
  }

  Result<bool> upkeep(base::WallTime now) override {
    PM_CHECK(partitions_.ensure_ahead(session_, now));
    bool more = false;
    bool dropped = false;
    PM_TRY(const bool ours, session_.try_write(Lock::kUpkeep, [&](Connection& connection) -> Result<void> {
      PM_TRY(dropped, partitions_.drop_one(connection, retention_, now));
      PM_TRY(more, compact_spend_step(connection, now));
      return {};
    }));
    if (dropped) partitions_.forget();
    return ours && (more || dropped);
  }

  Result<void> save_policy(const std::string& version, const std::string& document) override {
    PM_CHECK(session_.write("INSERT INTO policies(version, document) VALUES($1, $2) ON CONFLICT DO NOTHING",
                            Params().text(version).bytes(document)));
    return {};
  }

  Result<void> save_calibrations(const std::vector<ledger::KeptCalibration>& changed) override {
    return put_calibrations(session_, changed);
  }

 private:
  Result<void> write(const EntryBatch& batch) {
    lacks_partition_ = false;
    PM_CHECK(partitions_.ensure(session_, batch.days));
    PM_TRY(Connection* const connection, session_.connection());
    auto done = connection->run(batch.insert.sql, batch.insert.params);
    if (done) return {};
    lacks_partition_ = connection->failed_state() == kNoPartition;
    return base::fail(std::move(done).error());
  }

  Session session_;
  const journal::RetentionOptions retention_;
  Partitions partitions_;
  bool lacks_partition_ = false;
};

}  // namespace

Result<std::unique_ptr<journal::Destination>> open_destination(Target target,
                                                               const journal::RetentionOptions& retention) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresDestination>(std::move(session), retention);
}

Result<std::unique_ptr<journal::Store>> open_store(Target target, journal::StoreOptions options) {
  const journal::RetentionOptions retention = options.writer.retention;
  return journal::Store::open(std::move(options), [&] { return open_destination(std::move(target), retention); });
}

}  // namespace pointsman::ledger_postgres
