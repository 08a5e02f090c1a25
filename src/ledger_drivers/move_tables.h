// The tables of a ledger in files, and where each of their rows goes in PostgreSQL.
//
// Constants only, for any thread. Both sides give the same values in the same order, so that digests of them can be
// compared. Not here: entries, which have to be read to know whose they are, and classifiers' artefacts (move.h). Who
// is at work on which decision (leases) is not moved: it is over in minutes.
#pragma once

#include <cstdint>
#include <span>

namespace pointsman::ledger_drivers {

enum class Cell : std::uint8_t { kUuid, kText, kBytes, kInteger, kBoolean, kReal };

struct MovedTable {
  const char* name;
  const char* file;    // of the ledger's directory
  const char* select;  // from the file, in the order of its key
  std::span<const Cell> cells;
  const char* insert;  // of arrays, one for each cell
  const char* back;    // as `select`, from PostgreSQL
};

std::span<const MovedTable> moved_tables();

}  // namespace pointsman::ledger_drivers
