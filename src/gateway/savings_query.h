// What GET /admin/v1/savings is asked for: ?since=30d&until=2026-01-02&by=model&category=chat.
// Pure; now is an argument.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/savings.h"
#include "ledger/store.h"

namespace pointsman::gateway {

struct SavingsQuery {
  ledger::SavingsBy by = ledger::SavingsBy::kRoute;
  ledger::Filter filter;  // 30 days unless it says otherwise, the oldest first, no limit
};

// kInvalidArgument naming the parameter and what may be written.
base::Result<SavingsQuery> read_savings_query(std::string_view query, base::WallTime now);

}  // namespace pointsman::gateway
