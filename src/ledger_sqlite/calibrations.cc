#include "ledger_sqlite/calibrations.h"

#include <unistd.h>

#include "ledger_sqlite/rollback_guard.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;

// The version of the schema that brought the table.
constexpr std::int64_t kFirstWithCalibrations = 3;

Result<void> put_all(Database& database, const std::vector<ledger::KeptCalibration>& changed) {
  PM_TRY(Statement put, database.prepare("INSERT OR REPLACE INTO calibrations(provider, model, measure, state) "
                                         "VALUES(?1, ?2, ?3, ?4)"));
  for (const ledger::KeptCalibration& one : changed) {
    put.bind_text(1, one.provider);
    put.bind_text(2, one.model);
    put.bind_text(3, one.measure);
    put.bind_text(4, one.state);
    PM_CHECK(put.run());
  }
  return {};
}

}  // namespace

Result<void> put_calibrations(Database& database, const std::vector<ledger::KeptCalibration>& changed) {
  PM_CHECK(database.execute("BEGIN IMMEDIATE"));
  const RollbackGuard guard(database);
  PM_CHECK(put_all(database, changed));
  return database.execute("COMMIT");
}

Result<std::vector<ledger::KeptCalibration>> read_calibrations(const std::string& directory) {
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(Database database, Database::open(path, OpenMode::kReadOnly));
  PM_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  std::vector<ledger::KeptCalibration> out;
  if (version < kFirstWithCalibrations) return out;
  PM_TRY(Statement rows, database.prepare("SELECT provider, model, measure, state FROM calibrations "
                                          "ORDER BY provider, model, measure"));
  for (;;) {
    PM_TRY(const bool row, rows.step());
    if (!row) return out;
    out.push_back({.provider = std::string(rows.bytes(0)),
                   .model = std::string(rows.bytes(1)),
                   .measure = std::string(rows.bytes(2)),
                   .state = std::string(rows.bytes(3))});
  }
}

}  // namespace pointsman::ledger_sqlite
