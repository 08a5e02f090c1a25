// A file descriptor, owned, and errno as Error.
// Movable, closes itself; usable from any one thread at a time.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "base/result.h"

namespace pointsman::journal {

class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool valid() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

inline base::Error io_error(std::string what, int number) {
  return base::Error(base::ErrorCode::kIo, std::move(what) + ": " + std::generic_category().message(number));
}

}  // namespace pointsman::journal
