// Classifiers in learning.db (learning_db.h): a row for each version, its artefact in classifiers/<version>.pm.
//
// One object, one thread at a time; several processes may have the same directory open. An artefact is on the disk, and
// synced, before the row that names it; a row whose file is gone is kCorrupt, naming it. Opening for writing removes
// files that no row names and that are older than an hour.
#pragma once

#include <memory>
#include <string>

#include "ledger/classifier_registry.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// kReadOnly fails with kNotFound where nothing was ever kept; everything that writes then fails.
base::Result<std::unique_ptr<ledger::ClassifierRegistry>> open_classifier_registry(
    const std::string& directory, OpenMode mode = OpenMode::kReadWriteCreate);

}  // namespace pointsman::ledger_sqlite
