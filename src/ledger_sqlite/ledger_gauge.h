// How much a ledger holds: entries, from when to when, bytes. For the dashboard's head line, asked every few seconds.
//
// Has its own read-only connection; one thread. Counting all rows reads the whole file, so that is done once in a while
// and what came since is added: the count may be off by what was forgotten in the last kRecount.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/uuid.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

struct LedgerSize {
  std::int64_t entries = 0;
  std::optional<base::WallTime> oldest;
  std::optional<base::WallTime> newest;
  std::uint64_t bytes = 0;  // of the database's used pages, as its retention counts them
};

class LedgerGauge {
 public:
  static constexpr std::chrono::minutes kRecount{10};

  // kNotFound where there is no ledger.
  static base::Result<std::unique_ptr<LedgerGauge>> open(const std::string& directory);
  base::Result<LedgerSize> measure(base::MonoTime now);

 private:
  explicit LedgerGauge(Database database) : database_(std::move(database)) {}
  base::Result<std::optional<base::Uuid>> end(const char* sql);
  base::Result<std::int64_t> count_after(const base::Uuid& id);

  Database database_;
  std::optional<base::MonoTime> counted_at_;  // all of them
  base::Uuid last_;                           // the newest that was counted
  std::int64_t entries_ = 0;
};

}  // namespace pointsman::ledger_sqlite
