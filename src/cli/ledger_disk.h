// The place where a ledger lies, or is going to: whether it can be written, how fast, how full its disk is.
// Blocking; from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace pointsman::cli {

struct LedgerDisk {
  bool exists = false;                 // the ledger, not only a place for it
  std::chrono::microseconds sync{0};   // to write a page there and make it safe against a power cut
  std::uint64_t free = 0;              // bytes
  std::uint64_t used = 0;              // by the ledger
  std::optional<std::string> problem;  // that reading it has
};

// Writes one file of a page beside the ledger and removes it. kIo where that is not possible.
base::Result<LedgerDisk> look_at_disk(const std::string& path);

}  // namespace pointsman::cli
