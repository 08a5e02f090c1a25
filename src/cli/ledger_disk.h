// The folder of a ledger, or where it is going to be: whether it can be written, how fast, how full its disk is; and
// whether what is kept there, or in a database, can be read.
// Blocking; from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"

namespace pointsman::cli {

struct LedgerDisk {
  bool exists = false;                 // the ledger, not only a place for it
  std::chrono::microseconds open{0};   // it took to find that out
  std::chrono::microseconds sync{0};   // to write a page there and make it safe against a power cut
  std::uint64_t free = 0;              // bytes
  std::uint64_t used = 0;              // by the ledger
  std::optional<std::string> problem;  // that reading it has
};

// Writes one file of a page beside the ledger and removes it. kIo where that is not possible.
base::Result<LedgerDisk> look_at_disk(const config::LedgerConfig& ledger);

}  // namespace pointsman::cli
