#include "cli/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

base::Error failure(int code) {
  const auto kind = code == ENOENT || code == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return base::Error(kind, std::generic_category().message(code));
}

Result<std::shared_ptr<const MappedFile>> map(int file) {
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return base::fail(failure(errno));
  if (!S_ISREG(facts.st_mode)) return base::fail(ErrorCode::kIo, "is not a regular file");
  if (facts.st_size == 0) return base::fail(ErrorCode::kCorrupt, "is empty");
  const auto size = static_cast<std::size_t>(facts.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (address == MAP_FAILED) return base::fail(failure(errno));
  return std::make_shared<const MappedFile>(address, size);
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return base::fail(failure(errno));
  auto mapping = map(file);
  ::close(file);
  return mapping;
}

MappedFile::~MappedFile() {
  ::munmap(address_, size_);
}

}  // namespace pointsman::cli
