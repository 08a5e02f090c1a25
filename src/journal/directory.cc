#include "journal/directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "journal/file.h"

namespace pointsman::journal {

base::Result<void> sync_directory(const std::string& directory) {
  const File file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.valid() && ::fsync(file.get()) == 0) return {};
  return base::fail(io_error("cannot sync " + directory, errno));
}

base::Result<void> make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return base::fail(io_error("cannot make " + directory, errno));
  }
  // "a/b" and "a/b/" are in "a".
  const std::filesystem::path holder = std::filesystem::path(directory + "/").parent_path().parent_path();
  return sync_directory(holder.empty() ? "." : holder.string());
}

}  // namespace pointsman::journal
