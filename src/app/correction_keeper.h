// Keeps the memory of people's corrections up to date with what they say, take back and want forgotten, also by way of
// other processes.
//
// Belongs to the main thread. Where nobody ever said anything it costs one system call now and then; where nothing new
// was said, two.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/ledger_changes.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/corrections.h"
#include "ledger/backend.h"

namespace pointsman::app {

class CorrectionKeeper {
 public:
  // `changes` outlives it.
  CorrectionKeeper(ledger::BackendPtr backend, LedgerChanges& changes)
      : backend_(std::move(backend)), changes_(changes) {}

  // The memory to serve with from now on (null: none), if it is another one than before. `wanted`: whether corrections
  // are to take effect at all. Looks every second.
  base::Result<std::optional<cli::MemoryPtr>> look(bool wanted, base::MonoTime now, base::WallTime wall);

 private:
  base::Result<bool> open();
  // Whether there may be something new.
  base::Result<bool> stale(base::MonoTime now, base::WallTime wall);

  const ledger::BackendPtr backend_;
  LedgerChanges& changes_;
  std::unique_ptr<ledger::FeedbackStore> store_;  // null: there is none yet
  std::unique_ptr<cli::CorrectionReader> reader_;
  cli::MemoryPtr memory_;
  std::uint64_t labels_ = 0;  // when it was read
  bool read_ = false;
  base::MonoTime looked_{};
  base::MonoTime counted_{};
};

}  // namespace pointsman::app
