// Whether an entry is one that a Filter asks for: the meaning every store agrees on.
//
// Time bounds compare the id's milliseconds (half-open: since <= id < until); empty strings ask for nothing.
#pragma once

#include "ledger/entry.h"
#include "ledger/store.h"

namespace pointsman::ledger {

// The stage name under which a fallback decision is recorded.
inline constexpr std::string_view kFallbackStage = "fallback";

bool matches(const Filter& filter, const Entry& entry);

}  // namespace pointsman::ledger
