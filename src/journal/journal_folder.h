// The directory that holds a store's journals: one process at a time has it open, and what a dead process left there is
// recovered before anything new begins.
//
// Used by the thread that opens the store. Movable; the lock is held as long as the object lives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "journal/destination.h"
#include "journal/file.h"
#include "journal/journal.h"

namespace pointsman::journal {

class JournalFolder {
 public:
  // Makes the directory with mode 0700 if it is absent; its parent must exist. kInvalidArgument if another process has
  // it open.
  static base::Result<JournalFolder> open(const std::string& directory);

  // Gives all records of the journals that are there to `insert`, some hundred at a time, and then removes the files:
  // how many there were. A journal that is damaged is set aside.
  base::Result<std::uint64_t> recover(const std::function<base::Result<void>(std::span<PendingRow>)>& insert) const;
  // A new journal for the worker of that number.
  base::Result<std::unique_ptr<Journal>> make(std::size_t worker, std::size_t ring_bytes, std::size_t max_record) const;

 private:
  JournalFolder(std::string directory, File lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::string directory_;
  File lock_;
};

}  // namespace pointsman::journal
