// Keeping the sums of spend small, and what forgetting somebody does to them.
//
// On one connection, whose thread this runs on; each function is one transaction of its own.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// The rows that one step of summing up reads at most.
inline constexpr std::int64_t kCompactionRows = 500;

// Sums up buckets older than ledger::kSpendDetail, up to kCompactionRows of them. True if
// there is more to do.
base::Result<bool> compact_spend_step(Database& database, base::WallTime now);

// Of a user that is forgotten: their own sums go; those of the nodes stay, as nothing in them says whose they are. Of a
// key: what was spent with it becomes what its owner spent without a key, and its users' sums go.
// Nothing happens in a ledger of a program that kept no sums.
base::Result<void> forget_spend(Database& database, std::uint64_t user, std::string_view key);

}  // namespace pointsman::ledger_sqlite
