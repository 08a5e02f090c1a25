// Keeping the sums of spend small, and what forgetting somebody does to them.
// Within the caller's transaction, on its thread.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "ledger_postgres/connection.h"

namespace pointsman::ledger_postgres {

// The rows that one step of summing up takes at most.
inline constexpr std::int64_t kCompactionRows = 500;

// Sums up buckets older than ledger::kSpendDetail, up to kCompactionRows of them. True if there is more to do.
base::Result<bool> compact_spend_step(Connection& connection, base::WallTime now);

// Of a user that is forgotten: their own sums go; those of the whole stay, as nothing in them says whose they are. Of a
// key: what was spent with it becomes what its owner spent without a key, and its users' sums go.
base::Result<void> forget_spend(Connection& connection, std::uint64_t user, std::string_view key);

}  // namespace pointsman::ledger_postgres
