// Feedback in PostgreSQL with the decisions it speaks of, the leases of those at work on some, and looking things up.
//
// One object, one thread at a time; any number of processes. Those who add do not wait for each other; taking back and
// forgetting wait for all. What forget() leaves in the database's write-ahead log, standbys and backups is theirs to
// let go.
#pragma once

#include <memory>

#include "ledger/feedback_index.h"
#include "ledger/feedback_store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::FeedbackStore>> open_feedback_store(Target target);
base::Result<std::unique_ptr<ledger::FeedbackIndex>> open_feedback_index(Target target);

}  // namespace pointsman::ledger_postgres
