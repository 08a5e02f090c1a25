// Reading sums of spend from the ledger, from any process, while a gateway writes: at its start, and for reports.
//
// Has its own read-only connection and belongs to one thread. Sees what the writer has committed, so a gateway that
// starts reads after open_store() has recovered the journals.
#pragma once

#include <memory>
#include <string>

#include "ledger/spend.h"

namespace pointsman::ledger_sqlite {

// Fails with kNotFound when the directory holds no ledger. A ledger of a program that kept no sums gives none.
base::Result<std::unique_ptr<ledger::SpendReader>> open_spend_reader(const std::string& directory);

}  // namespace pointsman::ledger_sqlite
