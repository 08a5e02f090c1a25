#include "cli/ledger_disk.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "journal/file.h"
#include "ledger_drivers/open.h"

namespace pointsman::cli {

using base::Result;
using journal::io_error;

namespace {

// The folder, or the nearest one above it that is there.
std::filesystem::path nearest_folder(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::path at = std::filesystem::absolute(path, failed);
  while (!at.empty() && !std::filesystem::is_directory(at, failed) && at != at.parent_path()) at = at.parent_path();
  return at;
}

Result<std::chrono::microseconds> time_a_write(const std::filesystem::path& folder) {
  std::string name = (folder / ".pointsman-doctor-XXXXXX").string();
  const journal::File file(::mkstemp(name.data()));
  if (!file.valid()) return base::fail(io_error("cannot write to " + folder.string(), errno));
  ::unlink(name.c_str());
  const std::array<char, 4096> page{};
  const auto began = std::chrono::steady_clock::now();
  if (::write(file.get(), page.data(), page.size()) != static_cast<ssize_t>(page.size()) ||
      ::fdatasync(file.get()) != 0) {
    return base::fail(io_error("cannot write to " + folder.string(), errno));
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::error_code failed;
  std::uint64_t bytes = 0;
  for (const auto& one : std::filesystem::directory_iterator(folder, failed)) {
    if (!one.is_regular_file(failed)) continue;
    const auto size = one.file_size(failed);
    if (!failed) bytes += size;
  }
  return bytes;
}

}  // namespace

Result<LedgerDisk> look_at_disk(const config::LedgerConfig& ledger) {
  const std::filesystem::path folder = nearest_folder(ledger.path);
  LedgerDisk out;
  PM_TRY(out.sync, time_a_write(folder));
  struct ::statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return base::fail(io_error("cannot ask how full the disk of " + folder.string() + " is", errno));
  }
  out.free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const auto began = std::chrono::steady_clock::now();
  const auto reader = ledger_drivers::backend_of(ledger)->reader();
  out.open = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  out.exists = reader.has_value();
  if (!reader && reader.error().code() != base::ErrorCode::kNotFound) out.problem = reader.error().message();
  std::error_code failed;
  if (std::filesystem::is_directory(ledger.path, failed)) out.used = bytes_in(ledger.path);
  return out;
}

}  // namespace pointsman::cli
