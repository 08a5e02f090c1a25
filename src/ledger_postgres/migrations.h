// The steps that schema.h tells of, as statements, in their order; a step that was released is never changed.
// Constants only, for any thread.
#pragma once

#include <span>

namespace pointsman::ledger_postgres {

// The statements of one step.
using Migration = std::span<const char* const>;
// Of index i leads from version i to i + 1.
std::span<const Migration> migrations();

}  // namespace pointsman::ledger_postgres
