#include "ledger_sqlite/store.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/log.h"
#include "ledger_sqlite/calibrations.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_sqlite {
namespace {

constexpr std::string_view kJournalPrefix = "journal-";
constexpr std::string_view kJournalSuffix = ".ring";
constexpr std::size_t kRecoveryBatch = 512;

base::Result<File> lock_directory(const std::string& directory) {
  const std::string path = directory + "/ledger.lock";
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return base::fail(io_error("cannot open " + path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return base::fail(io_error("cannot lock " + path, errno));
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "another process has the ledger in " + directory + " open: stop it or use another directory");
}

base::Result<std::vector<std::string>> find_journals(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(kJournalPrefix) && name.ends_with(kJournalSuffix)) paths.push_back(at->path().string());
  }
  if (failure) return base::fail(base::ErrorCode::kIo, "cannot list " + directory + ": " + failure.message());
  std::ranges::sort(paths);
  return paths;
}

// Sets aside what cannot be read, so that nothing is overwritten that a person might still want.
void keep_damaged(const std::string& path, const std::string& why) {
  const std::string kept = path + ".damaged";
  std::error_code failure;
  std::filesystem::rename(path, kept, failure);
  base::log_error("ledger: {}: {}; kept as {}", path, why, failure ? path : kept);
}

base::Result<std::uint64_t> replay(const std::string& path, Database& database, Inserter& inserter) {
  std::vector<std::string> records;
  const auto flush = [&]() -> base::Result<void> {
    std::vector<PendingRow> rows;
    for (const std::string& record : records) rows.push_back({{}, record});
    PM_CHECK(inserter.insert(database, rows));
    records.clear();
    return {};
  };
  const auto recovered = recover_journal(path, [&](std::string_view record) -> base::Result<void> {
    records.emplace_back(record);
    return records.size() < kRecoveryBatch ? base::Result<void>() : flush();
  });
  if (!recovered && recovered.error().code() != base::ErrorCode::kCorrupt) return base::fail(recovered.error());
  PM_CHECK(flush());
  if (!recovered) {
    keep_damaged(path, recovered.error().message());
    return 0;
  }
  if (recovered->torn) keep_damaged(path, "a torn record ends it");
  return recovered->records;
}

base::Result<std::uint64_t> recover_all(const std::string& directory, Database& database, Inserter& inserter) {
  PM_TRY(const std::vector<std::string> paths, find_journals(directory));
  std::uint64_t total = 0;
  for (const std::string& path : paths) {
    auto records = replay(path, database, inserter);
    if (!records) return base::fail(std::move(records).error().in("recovering " + path));
    total += *records;
  }
  // Only now: everything they held has been committed.
  for (const std::string& path : paths) ::unlink(path.c_str());
  if (total > 0) base::log_info("ledger: {} entries of an earlier process recovered from its journals", total);
  return total;
}

}  // namespace

base::Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  std::unique_ptr<Store> store(new Store);
  if (options.writer.clock == nullptr) options.writer.clock = &store->system_clock_;
  if (::mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail(io_error("cannot make " + options.directory, errno));
  }
  PM_TRY(store->lock_, lock_directory(options.directory));
  PM_TRY(Database database, Database::open(options.directory + "/" + kDatabaseFile, OpenMode::kReadWriteCreate));
  PM_CHECK(prepare_schema(database));
  PM_TRY(Inserter inserter, Inserter::prepare(database));
  PM_TRY(store->recovered_, recover_all(options.directory, database, inserter));
  std::vector<Journal*> journals;
  for (std::size_t i = 0; i < options.workers; ++i) {
    const std::string path = options.directory + "/" + std::string(kJournalPrefix) + std::to_string(i);
    PM_TRY(auto journal, Journal::create(path + std::string(kJournalSuffix), options.ring_bytes, options.max_record));
    journals.push_back(journal.get());
    store->sinks_.push_back(
        std::make_unique<JournalSink>(std::move(journal), store->health_, store->wake_, options.writer.gather_rows));
  }
  store->writer_ = std::make_unique<Writer>(std::move(database), std::move(inserter), std::move(journals),
                                            std::move(options.writer), store->health_, store->wake_);
  store->writer_->start();
  return store;
}

Store::~Store() {
  if (writer_) static_cast<void>(close());
}

base::Result<void> Store::close() {
  const auto result = writer_->stop();
  if (!closed_ && !result) {
    base::log_error("ledger: closed with entries left in the journals, to be recovered at the next start: {}",
                    result.error().message());
  }
  if (!closed_ && result) {
    for (const auto& sink : sinks_) ::unlink(sink->journal().path().c_str());
  }
  closed_ = true;
  return result;
}

std::uint64_t Store::waiting_rows() const {
  std::uint64_t rows = 0;
  for (const auto& sink : sinks_) rows += sink->journal().waiting_rows();
  return rows;
}

base::Result<void> Store::flush() {
  return writer_->run([](Database&, const base::Result<void>& committed) { return committed; });
}

base::Result<void> Store::save_policy(const std::string& version, const std::string& document) {
  return writer_->run([&](Database& database, const base::Result<void>&) -> base::Result<void> {
    PM_TRY(Statement statement, database.prepare("INSERT OR IGNORE INTO policies(version, document) VALUES(?1, ?2)"));
    statement.bind_text(1, version);
    statement.bind_text(2, document);
    return statement.run();
  });
}

base::Result<void> Store::save_calibrations(const std::vector<ledger::KeptCalibration>& changed) {
  return writer_->run(
      [&](Database& database, const base::Result<void>&) { return put_calibrations(database, changed); });
}

}  // namespace pointsman::ledger_sqlite
