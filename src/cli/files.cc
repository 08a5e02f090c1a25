#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "config/sources.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

constexpr mode_t kMode = 0644;

base::Error failure(const std::string& path, int code) {
  return base::Error(ErrorCode::kIo, path + ": " + std::generic_category().message(code));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_and_sync(const Descriptor& file, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail(failure(path, errno));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return base::fail(failure(path, errno));
  return {};
}

// A rename is only as durable as the directory that holds it.
Result<void> sync_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return base::fail(failure(folder, errno));
  return {};
}

// Where a rename must go to replace `path`, and the permissions it then has.
struct Target {
  std::string path;
  mode_t mode = kMode;
  bool exists = false;
};

Result<Target> target_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return Target{path};
    return base::fail(failure(path, errno));
  }
  if (!S_ISREG(facts.st_mode)) return base::fail(ErrorCode::kInvalidArgument, path + ": is not a regular file");
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return base::fail(failure(path, error.value()));
  return Target{real.string(), facts.st_mode & mode_t{07777}, true};
}

Result<void> write_and_rename(const std::string& temporary, const Target& target, std::string_view content) {
  const std::string& path = target.path;
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
    if (file.get() < 0) return base::fail(failure(temporary, errno));
    if (target.exists && ::fchmod(file.get(), target.mode) != 0) return base::fail(failure(temporary, errno));
    PM_CHECK(write_and_sync(file, temporary, content));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return base::fail(failure(path, errno));
  return sync_folder(path);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  auto content = config::DiskFiles().read(path, max_bytes);
  if (!content) return base::fail(std::move(content).error().in(path));
  return content;
}

Result<void> replace_file(const std::string& path, std::string_view content) {
  PM_TRY(const Target target, target_of(path));
  const std::string temporary = target.path + ".tmp-" + std::to_string(::getpid());
  auto done = write_and_rename(temporary, target, content);
  if (!done) ::unlink(temporary.c_str());
  return done;
}

Result<void> create_file(const std::string& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (file.get() < 0 && errno == EEXIST) return base::fail(ErrorCode::kInvalidArgument, path + " exists already");
  if (file.get() < 0) return base::fail(failure(path, errno));
  auto written = write_and_sync(file, path, content);
  if (!written) ::unlink(path.c_str());
  return written;
}

}  // namespace pointsman::cli
