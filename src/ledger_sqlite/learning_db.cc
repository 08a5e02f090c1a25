#include "ledger_sqlite/learning_db.h"

#include <array>

namespace pointsman::ledger_sqlite {
namespace {

// kMigrations[i] leads from version i to i + 1; never edit one that was released, append another.
//
// Ids are UUIDv7, so their order is the order in which things came. `record` is the whole entry
// (ledger/entry_codec.h); user and key are what `forget` looks for. Times are microseconds since the epoch.
constexpr std::array<const char*, 1> kMigrations = {
    R"(CREATE TABLE samples(
         decision BLOB PRIMARY KEY,
         user INTEGER NOT NULL,
         key TEXT NOT NULL,
         record BLOB NOT NULL
       ) WITHOUT ROWID;
       CREATE TABLE feedback(
         id BLOB PRIMARY KEY,
         decision BLOB NOT NULL,
         signal INTEGER NOT NULL,
         who TEXT NOT NULL,
         category TEXT NOT NULL,
         no_category INTEGER NOT NULL,
         fit INTEGER NOT NULL,
         rating INTEGER,
         comment TEXT NOT NULL,
         corrected_output TEXT NOT NULL,
         golden INTEGER NOT NULL,
         slice REAL NOT NULL,
         idempotency_key TEXT UNIQUE
       ) WITHOUT ROWID;
       CREATE INDEX feedback_decision ON feedback(decision);
       CREATE TABLE leases(decision BLOB PRIMARY KEY, who TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE classifiers(
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         version TEXT NOT NULL UNIQUE,
         parent TEXT NOT NULL,
         origin TEXT NOT NULL,
         made INTEGER NOT NULL,
         card TEXT NOT NULL,
         certificate TEXT NOT NULL,
         pairing TEXT NOT NULL,
         bytes INTEGER NOT NULL,
         digest TEXT NOT NULL
       );
       CREATE TABLE assignments(
         role INTEGER PRIMARY KEY,
         version TEXT NOT NULL,
         share REAL NOT NULL,
         since INTEGER NOT NULL
       );
       CREATE TABLE registry_events(
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         at INTEGER NOT NULL,
         kind TEXT NOT NULL,
         version TEXT NOT NULL,
         before TEXT NOT NULL,
         who TEXT NOT NULL,
         reason TEXT NOT NULL,
         detail TEXT NOT NULL
       );)",
};

constexpr SharedFile kFile{kLearningFile, kMigrations};

}  // namespace

base::Result<SharedDb> open_learning_db(const std::string& directory, OpenMode mode) {
  return SharedDb::open(kFile, directory, mode);
}

}  // namespace pointsman::ledger_sqlite
