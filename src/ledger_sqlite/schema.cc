#include "ledger_sqlite/schema.h"

#include <array>

namespace pointsman::ledger_sqlite {
namespace {

// kMigrations[i] leads from version i to i + 1; never edit one that was released, append another.
constexpr std::array<const char*, 4> kMigrations = {
    R"(CREATE TABLE entries(
         id BLOB PRIMARY KEY,
         category TEXT NOT NULL,
         model TEXT NOT NULL,
         stage TEXT NOT NULL,
         outcome INTEGER NOT NULL,
         input_tokens INTEGER,
         cached_input_tokens INTEGER,
         output_tokens INTEGER,
         cost INTEGER,
         baseline_cost INTEGER,
         overhead_us INTEGER NOT NULL,
         total_us INTEGER NOT NULL,
         record BLOB NOT NULL
       ) WITHOUT ROWID;
       CREATE TABLE policies(version TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;)",
    R"(CREATE TABLE spend_nodes(
         id INTEGER PRIMARY KEY,
         owner TEXT NOT NULL,
         key TEXT NOT NULL,
         UNIQUE(owner, key)
       );
       CREATE TABLE spend(
         node INTEGER NOT NULL,
         user INTEGER NOT NULL,
         bucket INTEGER NOT NULL,
         nanos INTEGER NOT NULL,
         tokens INTEGER NOT NULL,
         requests INTEGER NOT NULL,
         unknown INTEGER NOT NULL,
         PRIMARY KEY(node, user, bucket)
       ) WITHOUT ROWID;
       CREATE INDEX spend_bucket ON spend(bucket);
       CREATE TABLE spend_horizon(bucket INTEGER NOT NULL);
       INSERT INTO spend_horizon VALUES(0);)",
    R"(CREATE TABLE calibrations(
         provider TEXT NOT NULL,
         model TEXT NOT NULL,
         measure TEXT NOT NULL,
         state TEXT NOT NULL,
         PRIMARY KEY(provider, model, measure)
       ) WITHOUT ROWID;)",
    R"(CREATE TABLE entries_with_rowid(
         id BLOB PRIMARY KEY NOT NULL,
         category TEXT NOT NULL,
         model TEXT NOT NULL,
         stage TEXT NOT NULL,
         outcome INTEGER NOT NULL,
         input_tokens INTEGER,
         cached_input_tokens INTEGER,
         output_tokens INTEGER,
         cost INTEGER,
         baseline_cost INTEGER,
         overhead_us INTEGER NOT NULL,
         total_us INTEGER NOT NULL,
         record BLOB NOT NULL
       );
       INSERT INTO entries_with_rowid(id, category, model, stage, outcome, input_tokens, cached_input_tokens,
           output_tokens, cost, baseline_cost, overhead_us, total_us, record)
         SELECT id, category, model, stage, outcome, input_tokens, cached_input_tokens, output_tokens, cost,
           baseline_cost, overhead_us, total_us, record FROM entries ORDER BY id;
       DROP TABLE entries;
       ALTER TABLE entries_with_rowid RENAME TO entries;)",
};

// page_size and auto_vacuum only take effect on a new file, before WAL is chosen. The page cache and the WAL are
// bounded (8 MiB, 64 MiB after a checkpoint); deleted rows are overwritten, so that what is forgotten is gone.
constexpr const char* kSettings =
    "PRAGMA page_size=8192;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8192;"
    "PRAGMA journal_size_limit=67108864;";

base::Result<void> migrate(Database& database, std::size_t from) {
  PM_CHECK(database.execute("BEGIN IMMEDIATE"));
  const auto applied = database.execute(std::string(kMigrations[from]) +
                                        "PRAGMA user_version=" + std::to_string(from + 1) + "; COMMIT;");
  if (!applied) {
    auto error = applied.error();
    if (!database.autocommit()) static_cast<void>(database.execute("ROLLBACK"));
    return base::fail(std::move(error).in("migrating the ledger to version " + std::to_string(from + 1)));
  }
  return {};
}

}  // namespace

base::Result<void> prepare_schema(Database& database) {
  PM_CHECK(database.execute(kSettings));
  PM_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  if (version < 0 || static_cast<std::size_t>(version) > kMigrations.size()) {
    return base::fail(base::ErrorCode::kUnsupported,
                      "the ledger has schema version " + std::to_string(version) + ", this build knows up to " +
                          std::to_string(kMigrations.size()) + ": use a newer pointsman or another directory");
  }
  for (auto next = static_cast<std::size_t>(version); next < kMigrations.size(); ++next) {
    PM_CHECK(migrate(database, next));
  }
  return {};
}

}  // namespace pointsman::ledger_sqlite
