// Where a store's writer puts entries: one driver each (SQLite, PostgreSQL), and what else that driver keeps of a
// gateway. The seam between the journals, which are the same for all, and a database.
//
// Used by one thread at a time: the one that opens the store, then the writer's. Every call may wait for the database,
// but none for ever. Errors: kOverloaded, kConnect, kReset and kTimeout mean that it is away for now, and the journals
// hold what comes; Retry::kNo that it cannot be trusted any more; the others that nothing can be written at present.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "ledger/calibration.h"

namespace pointsman::journal {

// A record (ledger/entry_codec.h) and the id that is in it.
struct PendingRow {
  base::Uuid id;
  std::string_view record;
};

// The id of a record that our own encoder made: it follows the four leading bytes.
inline base::Uuid id_of(std::string_view record) {
  constexpr std::size_t kLead = 4;
  base::Uuid id;
  if (record.size() >= kLead + id.bytes.size()) std::memcpy(id.bytes.data(), record.data() + kLead, id.bytes.size());
  return id;
}

class Destination {
 public:
  virtual ~Destination() = default;

  // All rows in one transaction, with what they add to the sums of spend; ids that are there already are left alone and
  // add nothing. On failure nothing of the batch was written, or nobody knows: the same batch may come again. Records
  // that do not decode are logged and passed over. May put the rows in another order.
  virtual base::Result<void> insert(std::span<PendingRow> rows) = 0;
  // A step of deleting what is beyond the limits and of summing up. True if there is more to do.
  virtual base::Result<bool> upkeep(base::WallTime now) = 0;

  // Keeps the document under its content hash; an existing one stays as it is.
  virtual base::Result<void> save_policy(const std::string& version, const std::string& document) = 0;
  // Puts these in place of what was kept for the same provider, model and measure, in one transaction.
  virtual base::Result<void> save_calibrations(const std::vector<ledger::KeptCalibration>& changed) = 0;
};

}  // namespace pointsman::journal
