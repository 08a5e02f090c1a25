// A row of the table of feedback as what it holds, for the statements of everybody who reads it.
// Pure.
#pragma once

#include "ledger/feedback.h"
#include "ledger_postgres/rows.h"

namespace pointsman::ledger_postgres {

// Of the table `feedback f`, in the order that read_feedback() reads.
inline constexpr const char* kFeedbackColumns =
    "f.id, f.decision, f.signal, f.who, f.category, f.no_category, f.fit, f.rating, f.comment, f.corrected_output, "
    "f.golden, f.slice, f.idempotency_key";
inline constexpr int kFeedbackColumnCount = 13;

// Of a row that begins with these columns; kCorrupt, naming the column that is damaged.
base::Result<ledger::Feedback> read_feedback(const Rows& rows, std::size_t row);

}  // namespace pointsman::ledger_postgres
