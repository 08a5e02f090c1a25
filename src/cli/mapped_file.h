// A whole file, mapped read-only for as long as somebody holds it. Files that are replaced by renaming never change
// under a reader. From any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace pointsman::cli {

class MappedFile {
 public:
  // kNotFound, kIo or kCorrupt (empty); the message does not name the file.
  static base::Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

  MappedFile(void* address, std::size_t size) : address_(address), size_(size) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }

 private:
  void* address_;
  std::size_t size_;
};

}  // namespace pointsman::cli
