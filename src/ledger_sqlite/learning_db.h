// The database that learning keeps beside the ledger: feedback with the decisions it speaks of, and the classifiers.
// One file, learning.db; shared_db.h says what it promises.
#pragma once

#include "ledger_sqlite/shared_db.h"

namespace pointsman::ledger_sqlite {

inline constexpr const char* kLearningFile = "learning.db";

base::Result<SharedDb> open_learning_db(const std::string& directory, OpenMode mode);

}  // namespace pointsman::ledger_sqlite
