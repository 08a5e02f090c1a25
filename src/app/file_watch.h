// Notices that a file was written or replaced, by looking at it now and then: works for editors that rename, for
// bind mounts and for symbolic links that are switched.
#pragma once

#include <cstdint>
#include <string>

namespace pointsman::app {

class FileWatch {
 public:
  explicit FileWatch(std::string path);
  // True once for each change since the last call; a file that vanished for a moment has not changed yet.
  bool changed();

 private:
  struct Mark {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Mark&) const = default;
  };
  bool look(Mark& mark) const;
  std::string path_;
  Mark last_;
};

}  // namespace pointsman::app
