// The partitions of the table of entries: one for each day of UTC, made before the day begins or when an entry needs
// it, dropped as a whole when it is beyond the limits.
//
// Used by one thread at a time. Several replicas make and drop them at once: whoever has the lock looks again. Making
// one holds up neither writers nor readers (it is attached); dropping one waits for readers, two seconds at most.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "journal/writer.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {

// Days since the epoch.
std::int64_t day_of(base::WallTime time);
// "entries_20260102".
std::string partition_name(std::int64_t day);

class Partitions {
 public:
  // Makes those of the days that are not there.
  base::Result<void> ensure(Session& session, const std::set<std::int64_t>& days);
  // Today's and tomorrow's.
  base::Result<void> ensure_ahead(Session& session, base::WallTime now);
  // Another replica may have dropped some: look again from now on.
  void forget() { known_.clear(); }
  // Drops the oldest one if all in it is older than max_age, or if all of them together are larger than max_bytes and
  // it is not today's. Within the caller's transaction. False: there was none to drop.
  base::Result<bool> drop_one(Connection& connection, const journal::RetentionOptions& limits, base::WallTime now);

 private:
  std::set<std::int64_t> known_;
};

}  // namespace pointsman::ledger_postgres
