// Keeps the memory of people's corrections up to date with what they say, take back and want forgotten, also by way of
// other processes.
//
// Belongs to the main thread. Where nobody ever said anything it costs one system call now and then; where nothing new
// was said, two.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/file_watch.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/corrections.h"

namespace pointsman::app {

class CorrectionKeeper {
 public:
  // `directory` is the ledger's.
  explicit CorrectionKeeper(const std::string& directory);

  // The memory to serve with from now on (null: none), if it is another one than before. `wanted`: whether corrections
  // are to take effect at all. Looks every second.
  base::Result<std::optional<cli::MemoryPtr>> look(bool wanted, base::MonoTime now, base::WallTime wall);

 private:
  base::Result<bool> open();
  // Whether there may be something new.
  base::Result<bool> stale(base::MonoTime now, base::WallTime wall);

  const std::string directory_;
  FileWatch journal_;                             // of the store: every change goes there first
  std::unique_ptr<ledger::FeedbackStore> store_;  // null: there is none yet
  std::unique_ptr<cli::CorrectionReader> reader_;
  cli::MemoryPtr memory_;
  std::uint64_t labels_ = 0;  // when it was read
  bool read_ = false;
  base::MonoTime looked_{};
  base::MonoTime counted_{};
};

}  // namespace pointsman::app
