// How much a ledger holds: entries, from when to when, bytes. For the dashboard's head line, asked every few seconds.
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace pointsman::ledger {

struct LedgerSize {
  std::int64_t entries = 0;
  std::optional<base::WallTime> oldest;
  std::optional<base::WallTime> newest;
  std::uint64_t bytes = 0;  // as retention counts them
};

class LedgerGauge {
 public:
  // Counting all entries reads the whole ledger, so that is done once in a while and what came since is added: the
  // count may be off by what was forgotten, or dropped, meanwhile.
  static constexpr std::chrono::minutes kRecount{10};

  virtual ~LedgerGauge() = default;
  virtual base::Result<LedgerSize> measure(base::MonoTime now) = 0;
};

}  // namespace pointsman::ledger
