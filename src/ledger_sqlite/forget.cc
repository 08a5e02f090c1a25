#include "ledger_sqlite/forget.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "ledger/entry_codec.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/shared_db.h"
#include "ledger_sqlite/spend_upkeep.h"
#include "ledger_sqlite/store.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;

constexpr std::int64_t kPageRows = 256;
constexpr std::size_t kNamed = 5;  // unreadable entries in a message

class Forgetting {
 public:
  Forgetting(Database database, const ledger::Whose& whose) : database_(std::move(database)), whose_(whose) {}

  Result<std::uint64_t> run() {
    for (bool more = true; more;) {
      PM_TRY(more, read_page());
      PM_CHECK(remove_found());
    }
    PM_CHECK(forget_spend(database_, whose_.user, whose_.key));
    // Also where nothing was theirs: retention may have removed something of theirs, or an earlier attempt.
    PM_CHECK(overwrite_removed(database_));
    if (unreadable_ == 0) return removed_;
    return base::fail(
        base::ErrorCode::kCorrupt,
        std::to_string(unreadable_) + " entries cannot be read, so nobody knows whose they are:" + names_);
  }

 private:
  bool theirs(const ledger::Entry& entry) const {
    return (whose_.user != 0 && entry.user == whose_.user) || (!whose_.key.empty() && entry.key == whose_.key);
  }

  // Notes which entries of the next page are theirs. False: that was the last page.
  Result<bool> read_page() {
    PM_TRY(Statement statement, database_.prepare("SELECT id, record FROM entries WHERE id > ?1 ORDER BY id LIMIT ?2"));
    const base::Uuid after = last_;
    statement.bind_blob(1, view(after));
    statement.bind(2, kPageRows);
    std::int64_t rows = 0;
    for (;; ++rows) {
      PM_TRY(const bool row, statement.step());
      if (!row) return rows == kPageRows;
      PM_TRY(last_, read_uuid(statement, 0));
      const auto entry = ledger::decode(statement.bytes(1));
      if (!entry) {
        note_unreadable();
      } else if (theirs(*entry)) {
        found_.push_back(last_);
      }
    }
  }

  void note_unreadable() {
    if (unreadable_++ < kNamed) names_ += "\n  " + last_.to_string();
  }

  Result<void> remove_found() {
    if (found_.empty()) return {};
    PM_CHECK(database_.execute("BEGIN IMMEDIATE"));
    auto done = remove_all();
    if (done) done = database_.execute("COMMIT");
    if (!done && !database_.autocommit()) static_cast<void>(database_.execute("ROLLBACK"));
    if (done) removed_ += found_.size();
    found_.clear();
    return done;
  }

  Result<void> remove_all() {
    PM_TRY(Statement statement, database_.prepare("DELETE FROM entries WHERE id = ?1"));
    for (const base::Uuid& id : found_) {
      statement.bind_blob(1, view(id));
      PM_CHECK(statement.run());
    }
    return {};
  }

  Database database_;
  const ledger::Whose& whose_;
  base::Uuid last_;
  std::vector<base::Uuid> found_;
  std::uint64_t removed_ = 0;
  std::size_t unreadable_ = 0;
  std::string names_;
};

// What a gateway that died left in its journals would come back with the next start. While one runs, the journals are
// its own, and it wipes them as it commits.
Result<void> recover_journals(const std::string& directory, const std::vector<std::string>& files) {
  const auto left = [](const std::string& name) { return name.ends_with(".ring"); };
  if (std::ranges::none_of(files, left)) return {};
  auto store = open_store({.directory = directory, .workers = 0});
  if (store) return (*store)->close();
  if (store.error().code() == base::ErrorCode::kInvalidArgument) return {};
  return base::fail(store.error());
}

Result<std::vector<std::string>> files_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
    names.push_back(at->path().filename().string());
  }
  if (failure) return base::fail(base::ErrorCode::kIo, "cannot list " + directory + ": " + failure.message());
  return names;
}

}  // namespace

Result<std::uint64_t> forget_entries(const std::string& directory, const ledger::Whose& whose) {
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(const std::vector<std::string> files, files_in(directory));
  PM_CHECK(recover_journals(directory, files));
  PM_TRY(Database database, Database::open(path, OpenMode::kReadWriteCreate));
  PM_CHECK(database.execute("PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"));
  PM_TRY(const std::uint64_t removed, Forgetting(std::move(database), whose).run());
  const auto damaged = std::ranges::find_if(files, [](const std::string& name) { return name.ends_with(".damaged"); });
  if (damaged == files.end()) return removed;
  return base::fail(base::ErrorCode::kCorrupt, directory + "/" + *damaged +
                                                   " was set aside because it is damaged, and cannot be searched: "
                                                   "remove it if it is not needed");
}

}  // namespace pointsman::ledger_sqlite
