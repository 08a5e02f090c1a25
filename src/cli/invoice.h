// The bill of one recorded request, line by line as an invoice has it: what `explain` prints and the dashboard shows.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "cli/replay.h"
#include "ledger/entry.h"

namespace pointsman::cli {

struct InvoiceLine {
  std::string item;
  std::optional<std::int64_t> tokens;  // nothing where only the amount is known
  std::optional<base::TokenPrice> price;
  std::optional<base::Money> amount;  // nothing: unknown
};

// The lines add up to ledger::total_cost(entry). The prices are those of the policy of that time; without it
// (`replayed` null) there are only amounts.
std::vector<InvoiceLine> invoice_of(const ledger::Entry& entry, const Replay* replayed);

}  // namespace pointsman::cli
