// The ledger on this machine: one directory with a SQLite database beside its journals (journal/store.h, which says
// what is promised). Commits are synchronous=FULL.
//
// A full disk makes the store failed until there is room again; an I/O error or damage makes it failed for good: the
// file is not written any more, and what was not committed stays in the journals for the next start.
#pragma once

#include <memory>

#include "journal/store.h"

namespace pointsman::ledger_sqlite {

using StoreOptions = journal::StoreOptions;

using Store = journal::Store;

// Fails with kInvalidArgument if another process has the directory open, or with what SQLite or the system says.
base::Result<std::unique_ptr<Store>> open_store(StoreOptions options);
// The database alone, of a directory that is there and that nobody else writes to.
base::Result<std::unique_ptr<journal::Destination>> open_destination(const std::string& directory,
                                                                     const journal::RetentionOptions& retention);

}  // namespace pointsman::ledger_sqlite
