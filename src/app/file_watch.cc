#include "app/file_watch.h"

#include <sys/stat.h>

namespace pointsman::app {

FileWatch::FileWatch(std::string path) : path_(std::move(path)) {
  look(last_);
}

bool FileWatch::look(Mark& mark) const {
  struct stat now{};
  if (::stat(path_.c_str(), &now) != 0) return false;
  mark = {now.st_dev, now.st_ino, static_cast<std::uint64_t>(now.st_size), now.st_mtim.tv_sec, now.st_mtim.tv_nsec};
  return true;
}

bool FileWatch::changed() {
  Mark mark;
  if (!look(mark) || mark == last_) return false;
  last_ = mark;
  return true;
}

}  // namespace pointsman::app
