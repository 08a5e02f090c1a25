#include "ledger_sqlite/shared_db.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "journal/directory.h"
#include "journal/file.h"

namespace pointsman::ledger_sqlite {

using journal::io_error;

namespace {

constexpr const char* kWait = "PRAGMA busy_timeout=5000;";

// As the ledger's own (schema.cc): what is deleted is overwritten, a commit survives a power cut, caches are bounded.
constexpr const char* kSettings =
    "PRAGMA page_size=8192;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-4096;"
    "PRAGMA journal_size_limit=16777216;";

// How often, and with what pause, a process waits for another that is making the same new file.
constexpr int kTries = 50;
constexpr std::chrono::milliseconds kPause{100};

base::Result<std::size_t> version_of(Database& database, const SharedFile& file) {
  PM_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  if (version >= 0 && static_cast<std::size_t>(version) <= file.migrations.size()) {
    return static_cast<std::size_t>(version);
  }
  return base::fail(base::ErrorCode::kUnsupported, std::string(file.name) + " has schema version " +
                                                       std::to_string(version) + ", this build knows up to " +
                                                       std::to_string(file.migrations.size()) +
                                                       ": use a newer pointsman or another directory");
}

base::Result<void> rolled_back(Database& database, base::Error error) {
  if (!database.autocommit()) static_cast<void>(database.execute("ROLLBACK"));
  return base::fail(std::move(error));
}

// Another process may be doing the same: whoever has the lock looks again at what is left to do.
base::Result<void> migrate(Database& database, const SharedFile& file) {
  PM_CHECK(database.execute("BEGIN IMMEDIATE"));
  const auto version = version_of(database, file);
  if (!version) return rolled_back(database, version.error());
  std::string steps;
  for (std::size_t next = *version; next < file.migrations.size(); ++next) steps += file.migrations[next];
  const auto done =
      database.execute(steps + "PRAGMA user_version=" + std::to_string(file.migrations.size()) + "; COMMIT;");
  if (!done) return rolled_back(database, base::Error(done.error()).in("preparing " + std::string(file.name)));
  return {};
}

// Two that switch the same new file to a write-ahead log can find each other in the way, which no timeout resolves.
base::Result<void> configure(Database& database) {
  for (int tries = 1;; ++tries) {
    auto done = database.execute(kSettings);
    if (done || done.error().code() != base::ErrorCode::kOverloaded || tries == kTries) return done;
    std::this_thread::sleep_for(kPause);
  }
}

base::Result<void> prepare(Database& database, const SharedFile& file) {
  PM_CHECK(configure(database));
  PM_TRY(const std::size_t version, version_of(database, file));
  return version == file.migrations.size() ? base::Result<void>() : migrate(database, file);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// The mode is set by name: closing a descriptor of the file would give up the locks that other connections of this
// process hold. SQLite gives the files beside it the same mode.
base::Result<Database> create(const std::string& path) {
  PM_TRY(Database database, Database::open(path, OpenMode::kReadWriteCreate));
  if (::chmod(path.c_str(), 0600) != 0) return base::fail(io_error("cannot set the mode of " + path, errno));
  return database;
}

}  // namespace

base::Result<SharedDb> SharedDb::open(const SharedFile& file, const std::string& directory, OpenMode mode) {
  const std::string path = directory + "/" + file.name;
  if (mode == OpenMode::kReadOnly) {
    if (!exists(path)) return base::fail(base::ErrorCode::kNotFound, "there is no " + path);
    PM_TRY(Database database, Database::open(path, mode));
    PM_CHECK(database.execute(kWait));
    PM_TRY(const std::size_t version, version_of(database, file));
    if (version == 0) return base::fail(base::ErrorCode::kNotFound, "there is nothing in " + path);
    return SharedDb(std::move(database), directory, file.name);
  }
  PM_CHECK(journal::make_directory(directory));
  PM_TRY(Database database, exists(path) ? Database::open(path, mode) : create(path));
  PM_CHECK(database.execute(kWait));
  if (auto ready = prepare(database, file); !ready) return base::fail(std::move(ready).error().in(path));
  return SharedDb(std::move(database), directory, file.name);
}

base::Result<void> SharedDb::write(const std::function<base::Result<void>()>& body) {
  if (distrusted_) {
    return base::fail(base::ErrorCode::kIo, std::string(name_) +
                                                " could not be written and is not trusted "
                                                "any more: check the disk, start again");
  }
  PM_CHECK(database_.execute("BEGIN IMMEDIATE"));
  auto done = body();
  if (done) done = database_.execute("COMMIT");
  if (done) return {};
  const base::Error& error = done.error();
  if (error.code() == base::ErrorCode::kIo && error.retry() == base::Retry::kNo) distrusted_ = true;
  return rolled_back(database_, error);
}

base::Result<void> SharedDb::overwrite_removed() {
  return ledger_sqlite::overwrite_removed(database_);
}

base::Result<void> overwrite_removed(Database& database) {
  const auto again = [](base::Error error) {
    return base::fail(std::move(error).in("the rows are removed, but copies of their bytes may be left; try again"));
  };
  // The copy in between goes to a file: in memory it would need as much as the ledger has.
  if (auto built = database.execute("PRAGMA temp_store=FILE; VACUUM; PRAGMA temp_store=MEMORY;"); !built) {
    return again(built.error());
  }
  const auto busy = database.query_integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return again(busy.error());
  if (*busy == 0) return {};
  return again(base::Error(base::ErrorCode::kOverloaded, "another process keeps reading an older state",
                           base::Origin::kGateway, base::Retry::kSameTarget));
}

}  // namespace pointsman::ledger_sqlite
