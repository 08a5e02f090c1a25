#include "ledger_sqlite/store.h"

#include "ledger_sqlite/calibrations.h"
#include "ledger_sqlite/inserter.h"
#include "ledger_sqlite/retention.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/spend_upkeep.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;

class SqliteDestination final : public journal::Destination {
 public:
  static Result<std::unique_ptr<journal::Destination>> open(const std::string& path,
                                                            const RetentionOptions& retention) {
    PM_TRY(Database database, Database::open(path, OpenMode::kReadWriteCreate));
    PM_CHECK(prepare_schema(database));
    PM_TRY(Inserter inserter, Inserter::prepare(database));
    return std::make_unique<SqliteDestination>(std::move(database), std::move(inserter), retention);
  }
  SqliteDestination(Database database, Inserter inserter, const RetentionOptions& retention)
      : database_(std::move(database)), inserter_(std::move(inserter)), retention_(retention) {}

  Result<void> insert(std::span<journal::PendingRow> rows) override { return inserter_.insert(database_, rows); }

  Result<bool> upkeep(base::WallTime now) override {
    bool more = false;
    if (retention_.max_age || retention_.max_bytes) {
      PM_TRY(more, retain_step(database_, retention_, now));
    }
    PM_TRY(const bool sums, compact_spend_step(database_, now));
    return more || sums;
  }

  Result<void> save_policy(const std::string& version, const std::string& document) override {
    PM_TRY(Statement statement, database_.prepare("INSERT OR IGNORE INTO policies(version, document) VALUES(?1, ?2)"));
    statement.bind_text(1, version);
    statement.bind_text(2, document);
    return statement.run();
  }

  Result<void> save_calibrations(const std::vector<ledger::KeptCalibration>& changed) override {
    return put_calibrations(database_, changed);
  }

 private:
  Database database_;
  Inserter inserter_;
  const RetentionOptions retention_;
};

}  // namespace

Result<std::unique_ptr<journal::Destination>> open_destination(const std::string& directory,
                                                               const RetentionOptions& retention) {
  PM_TRY(Database database, Database::open(directory + "/" + kDatabaseFile, OpenMode::kReadWriteCreate));
  PM_CHECK(prepare_schema(database));
  PM_TRY(Inserter inserter, Inserter::prepare(database));
  return std::make_unique<SqliteDestination>(std::move(database), std::move(inserter), retention);
}

Result<std::unique_ptr<Store>> open_store(StoreOptions options) {
  const std::string directory = options.directory;
  const RetentionOptions retention = options.writer.retention;
  return Store::open(std::move(options), [&] { return open_destination(directory, retention); });
}

}  // namespace pointsman::ledger_sqlite
