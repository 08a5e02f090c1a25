#include "config/sources.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace pointsman::config {
namespace {

base::Error system_error(int code) {
  const auto kind = code == ENOENT ? base::ErrorCode::kNotFound : base::ErrorCode::kIo;
  return {kind, std::generic_category().message(code)};
}

class Descriptor {
 public:
  // Not blocking, so that a pipe named as a file is refused instead of waited for.
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

base::Result<void> check_regular(const Descriptor& file) {
  if (file.get() < 0) return base::fail(system_error(errno));
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return base::fail(system_error(errno));
  if (!S_ISREG(facts.st_mode)) return base::fail(base::ErrorCode::kIo, "is not a regular file");
  return {};
}

}  // namespace

std::string resolve_path(std::string_view file, std::string_view path) {
  const std::size_t slash = file.rfind('/');
  if (path.starts_with('/') || slash == std::string_view::npos) return std::string(path);
  return std::string(file.substr(0, slash + 1)) + std::string(path);
}

base::Result<std::string> DiskFiles::read(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(path);
  PM_CHECK(check_regular(file));
  std::string out;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(system_error(errno));
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > max_bytes) {
      return base::fail(base::ErrorCode::kTooLarge, fmt::format("is larger than {} bytes", max_bytes));
    }
  }
}

base::Result<void> DiskFiles::readable(const std::string& path) {
  return check_regular(Descriptor(path));
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace pointsman::config
