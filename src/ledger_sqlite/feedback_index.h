// Looks things up in the feedback of learning.db (learning_db.h).
//
// One object, one thread at a time; several processes may have the same directory open.
#pragma once

#include <memory>
#include <string>

#include "ledger/feedback_index.h"

namespace pointsman::ledger_sqlite {

base::Result<std::unique_ptr<ledger::FeedbackIndex>> open_feedback_index(const std::string& directory);

}  // namespace pointsman::ledger_sqlite
