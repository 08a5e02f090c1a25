// Moves a whole ledger from files of this machine into a PostgreSQL database: entries, policies, spend, feedback, keys,
// classifiers with their artefacts, the audit record.
//
// Nobody may serve from the files meanwhile (the ledger's lock sees to that), and the database must be empty, or hold
// what an earlier try left there: a move that was interrupted goes on where it was. The files stay as they are. In the
// end everything is read back, and each table's count and SHA-256 over all its values must be those of the files.
// Blocking; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_drivers {

struct MovedPart {
  std::string name;
  std::uint64_t rows = 0;    // in the files
  std::uint64_t there = 0;   // in the database
  std::string digest;        // SHA-256 in hex, over the values in the files
  std::string digest_there;  // and in the database
  bool same() const { return rows == there && digest == digest_there; }
};

struct Move {
  std::string directory;
  ledger_postgres::Target target;
  // Called now and then: what is being moved or compared, how many rows of how many are done.
  std::function<void(std::string_view what, std::uint64_t done, std::uint64_t of)> progress = {};
};

// One part for each table, whether they are the same or not. Fails with kNotFound where there is no ledger in the
// directory, with kInvalidArgument where somebody serves from it or the database holds something else.
base::Result<std::vector<MovedPart>> move_ledger(const Move& move, base::WallTime now);

}  // namespace pointsman::ledger_drivers
