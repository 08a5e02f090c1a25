// A batch of records as the values of one statement: it inserts those that are new and adds what they charge to the
// sums of spend, in one round trip and one transaction.
//
// Pure; used by the writer's thread.
#pragma once

#include <set>
#include <span>

#include "journal/destination.h"
#include "ledger_postgres/connection.h"

namespace pointsman::ledger_postgres {

struct EntryBatch {
  Query insert;
  std::set<std::int64_t> days;  // whose partitions it needs
  std::size_t rows = 0;
};

// kNo: what they charged is in the sums of spend already.
enum class Charging : std::uint8_t { kYes, kNo };

// Each id once, in their order. Records that do not decode are logged and passed over.
EntryBatch make_batch(std::span<journal::PendingRow> rows, Charging charging = Charging::kYes);

}  // namespace pointsman::ledger_postgres
