#include "journal/journal_folder.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/log.h"
#include "journal/directory.h"

namespace pointsman::journal {
namespace {

constexpr std::string_view kJournalPrefix = "journal-";
constexpr std::string_view kJournalSuffix = ".ring";
constexpr std::size_t kRecoveryBatch = 512;

using Insert = std::function<base::Result<void>(std::span<PendingRow>)>;

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

base::Result<std::uint64_t> replay(const std::string& path, const Insert& insert) {
  std::vector<std::string> records;
  const auto flush = [&]() -> base::Result<void> {
    std::vector<PendingRow> rows;
    for (const std::string& record : records) rows.push_back({id_of(record), record});
    if (!rows.empty()) PM_CHECK(insert(rows));
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

}  // namespace

base::Result<JournalFolder> JournalFolder::open(const std::string& directory) {
  PM_CHECK(make_directory(directory));
  PM_TRY(File lock, lock_directory(directory));
  return JournalFolder(directory, std::move(lock));
}

base::Result<std::uint64_t> JournalFolder::recover(const Insert& insert) const {
  PM_TRY(const std::vector<std::string> paths, find_journals(directory_));
  std::uint64_t total = 0;
  for (const std::string& path : paths) {
    auto records = replay(path, insert);
    if (!records) return base::fail(std::move(records).error().in("recovering " + path));
    total += *records;
  }
  // Only now: everything they held has been committed.
  for (const std::string& path : paths) ::unlink(path.c_str());
  if (total > 0) base::log_info("ledger: {} entries of an earlier process recovered from its journals", total);
  return total;
}

base::Result<std::unique_ptr<Journal>> JournalFolder::make(std::size_t worker, std::size_t ring_bytes,
                                                           std::size_t max_record) const {
  const std::string name = std::string(kJournalPrefix) + std::to_string(worker) + std::string(kJournalSuffix);
  return Journal::create(directory_ + "/" + name, ring_bytes, max_record);
}

}  // namespace pointsman::journal
