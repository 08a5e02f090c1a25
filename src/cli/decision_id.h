// Finds a ledger entry by its id or by the beginning of it.
//
// Ids begin with the time, so a prefix is a time range and needs no scan of the whole ledger.
#pragma once

#include <string_view>

#include "base/result.h"
#include "ledger/store.h"

namespace pointsman::cli {

// At least 8 hexadecimal digits, in any case, dashes optional. kInvalidArgument for anything else and for a beginning
// that several entries share (naming some of them); kNotFound if no entry has it.
base::Result<ledger::Entry> find_entry(ledger::Reader& reader, std::string_view id);

}  // namespace pointsman::cli
