// Forgetting a person or a key in the ledger itself, from any process, while a gateway may be writing.
//
// Blocking; for the command line. Reads everything once and deletes in small transactions; at the end the file is
// written anew, for as long as copying it takes. Until then a gateway's writer waits, and its journals hold what comes.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ledger/feedback_store.h"

namespace pointsman::ledger_sqlite {

// Removes the entries of that user or key (`who` is not looked at) and overwrites them on the disk; how many there
// were. Sums of spend: see forget_spend() (spend_upkeep.h). kNotFound when the directory holds no ledger. kCorrupt
// names entries that cannot be read, so that nobody knows whose they are; the others are gone then. After any other
// error, do it again.
base::Result<std::uint64_t> forget_entries(const std::string& directory, const ledger::Whose& whose);

}  // namespace pointsman::ledger_sqlite
