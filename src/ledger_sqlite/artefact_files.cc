#include "ledger_sqlite/artefact_files.h"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/log.h"
#include "journal/directory.h"
#include "journal/file.h"

namespace pointsman::ledger_sqlite {

using journal::File;
using journal::io_error;

namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr std::string_view kSuffix = ".pm";

Result<void> write_and_sync(const std::string& path, std::string_view bytes) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return base::fail(io_error("cannot create " + path, errno));
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail(io_error("cannot write " + path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return base::fail(io_error("cannot sync " + path, errno));
  return {};
}

// No other thread or process has the same.
std::string temporary_name() {
  static std::atomic<unsigned> next{0};
  return ".new-" + std::to_string(::getpid()) + "-" + std::to_string(next.fetch_add(1));
}

}  // namespace

std::string ArtefactFiles::path(std::string_view version) const {
  return folder_ + "/" + std::string(version) + std::string(kSuffix);
}

bool ArtefactFiles::has(std::string_view version) const {
  return ::access(path(version).c_str(), F_OK) == 0;
}

Result<void> ArtefactFiles::put(std::string_view version, std::string_view bytes) const {
  PM_CHECK(journal::make_directory(folder_));
  const std::string temporary = folder_ + "/" + temporary_name();
  auto done = write_and_sync(temporary, bytes);
  if (done && ::rename(temporary.c_str(), path(version).c_str()) != 0) {
    done = base::fail(io_error("cannot name " + path(version), errno));
  }
  if (!done) ::unlink(temporary.c_str());
  return done ? journal::sync_directory(folder_) : done;
}

Result<std::string> ArtefactFiles::get(std::string_view version, std::uint64_t bytes) const {
  const std::string name = path(version);
  const auto damaged = [&](const std::string& what) {
    return base::fail(base::ErrorCode::kCorrupt, "the classifier " + name + " " + what);
  };
  const File file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return damaged("is missing, although it is in the list");
  if (!file.valid()) return base::fail(io_error("cannot open " + name, errno));
  std::string content(static_cast<std::size_t>(bytes) + 1, '\0');  // one more: a longer file is seen to be longer
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(io_error("cannot read " + name, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size != bytes) return damaged("does not have the " + std::to_string(bytes) + " bytes that were added");
  content.resize(size);
  return content;
}

void ArtefactFiles::sweep(std::chrono::seconds age, const std::function<bool(std::string_view)>& listed) const {
  const auto before = fs::file_time_type::clock::now() - age;
  std::vector<fs::path> swept;
  std::error_code failure;
  for (fs::directory_iterator at(folder_, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const bool named = name.ends_with(kSuffix);
    if (!named && !name.starts_with(".new-")) continue;
    if (named && listed(std::string_view(name).substr(0, name.size() - kSuffix.size()))) continue;
    std::error_code ignored;
    const auto touched = at->last_write_time(ignored);
    if (!ignored && touched < before) swept.push_back(at->path());
  }
  for (const fs::path& one : swept) {
    base::log_info("classifiers: {} belongs to no version and is removed", one.string());
    ::unlink(one.c_str());
  }
}

}  // namespace pointsman::ledger_sqlite
