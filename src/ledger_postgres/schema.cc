#include "ledger_postgres/schema.h"

#include "ledger_postgres/connection.h"
#include "ledger_postgres/migrations.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

// For a step, and for waiting until another replica has done one.
constexpr std::chrono::minutes kPatience{10};

// 0 where there is no table yet.
Result<std::size_t> version_of(Connection& connection) {
  PM_TRY(const Rows there, connection.run("SELECT to_regclass('pointsman_schema') IS NOT NULL"));
  if (!there.boolean(0, 0)) return 0;
  PM_TRY(const Rows row, connection.run("SELECT coalesce(max(version), 0) FROM pointsman_schema"));
  const std::int64_t version = row.integer(0, 0);
  if (version >= 0 && static_cast<std::size_t>(version) <= newest_schema()) return static_cast<std::size_t>(version);
  return base::fail(base::ErrorCode::kUnsupported, "the database has schema version " + std::to_string(version) +
                                                       ", this build knows up to " + std::to_string(newest_schema()) +
                                                       ": use a newer pointsman or another database");
}

Result<void> apply(Connection& connection, std::size_t from) {
  std::vector<Query> step;
  step.push_back({"CREATE TABLE IF NOT EXISTS pointsman_schema(version bigint PRIMARY KEY)"});
  for (const char* const sql : migrations()[from]) step.push_back({sql});
  step.push_back({"INSERT INTO pointsman_schema VALUES($1)", Params().integer(static_cast<std::int64_t>(from) + 1)});
  PM_CHECK(connection.run_all(step));
  return {};
}

// False: nothing was left to do. Another replica may have been faster: whoever has the lock looks again.
Result<bool> apply_next(Connection& connection, std::size_t target) {
  PM_CHECK(connection.run("BEGIN"));
  PM_CHECK(connection.run("SELECT pg_advisory_xact_lock($1)", Params().integer(key_of(Lock::kSchema))));
  PM_TRY(const std::size_t version, version_of(connection));
  if (version < target) {
    if (auto done = apply(connection, version); !done) {
      return base::fail(std::move(done).error().in("migrating the ledger to version " + std::to_string(version + 1)));
    }
  }
  PM_CHECK(connection.run("COMMIT"));
  return version < target;
}

}  // namespace

std::size_t newest_schema() {
  return migrations().size();
}

Result<void> prepare_schema(const Target& target, std::size_t version) {
  Target patient = target;
  {
    PM_TRY(Connection connection, Connection::open(target));
    PM_TRY(const std::size_t now, version_of(connection));
    if (now >= version) return {};
  }
  patient.timeout = kPatience;
  PM_TRY(Connection connection, Connection::open(patient));
  for (bool more = true; more;) {
    PM_TRY(more, apply_next(connection, version));
  }
  return {};
}

}  // namespace pointsman::ledger_postgres
