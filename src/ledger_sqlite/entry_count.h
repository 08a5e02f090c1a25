// How many entries of a ledger a filter asks for, without reading them where columns can tell.
//
// Opens the database for itself; any thread that may wait for the disk.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ledger/store.h"

namespace pointsman::ledger_sqlite {

// The filter's limit does not count. Where it names a key every record in question is read. kNotFound without a ledger.
base::Result<std::uint64_t> count_entries(const std::string& directory, ledger::Filter filter);

}  // namespace pointsman::ledger_sqlite
