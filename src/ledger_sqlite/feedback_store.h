// Feedback in learning.db (learning_db.h), with the decisions it speaks of, and the leases of those at work on some.
//
// One object, one thread at a time; several processes may have the same directory open. What add() costs is one fsync.
#pragma once

#include <memory>
#include <string>

#include "ledger/feedback_store.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// kReadOnly fails with kNotFound where nothing was ever kept; everything that writes then fails.
base::Result<std::unique_ptr<ledger::FeedbackStore>> open_feedback_store(const std::string& directory,
                                                                         OpenMode mode = OpenMode::kReadWriteCreate);

}  // namespace pointsman::ledger_sqlite
