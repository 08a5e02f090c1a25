// Rows into the entries table, and what they add to the sums of spend: one transaction per batch.
// Belongs to the writer's thread.
#pragma once

#include <span>
#include <string_view>

#include "journal/destination.h"
#include "ledger_sqlite/database.h"
#include "ledger_sqlite/spend_tally.h"

namespace pointsman::ledger_sqlite {

using journal::PendingRow;

class Inserter {
 public:
  static base::Result<Inserter> prepare(Database& database);

  // All rows in one transaction, in the order of their ids (neighbours share pages); ids already present are left
  // alone and add nothing. On failure, an exception included, nothing of the batch was written. Records that do not
  // decode are logged and passed over.
  base::Result<void> insert(Database& database, std::span<PendingRow> rows);

 private:
  explicit Inserter(SpendTally spend) : spend_(std::move(spend)) {}
  base::Result<void> insert_all(const Database& database, std::span<const PendingRow> rows);
  base::Result<void> insert_one(const Database& database, std::string_view record);

  Statement begin_;
  Statement commit_;
  Statement row_;
  SpendTally spend_;
};

}  // namespace pointsman::ledger_sqlite
