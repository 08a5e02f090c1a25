#include "ledger_postgres/feedback_row.h"

namespace pointsman::ledger_postgres {

using base::ErrorCode;
using base::Result;
using ledger::Feedback;

Result<Feedback> read_feedback(const Rows& rows, std::size_t row) {
  Feedback feedback;
  PM_TRY(feedback.id, rows.uuid(row, 0));
  PM_TRY(feedback.decision, rows.uuid(row, 1));
  const auto damaged = [&](const char* column) {
    return base::fail(ErrorCode::kCorrupt, "feedback " + feedback.id.to_string() + ": its " + column + " is damaged");
  };
  const std::int64_t signal = rows.integer(row, 2);
  if (signal < 0 || signal > static_cast<std::int64_t>(ledger::Signal::kOverridden)) return damaged("signal");
  feedback.signal = static_cast<ledger::Signal>(signal);
  feedback.who = rows.text(row, 3);
  feedback.category = rows.text(row, 4);
  feedback.no_category = rows.boolean(row, 5);
  const std::int64_t fit = rows.integer(row, 6);
  if (fit < 0 || fit > static_cast<std::int64_t>(ledger::Fit::kOverpowered)) return damaged("fit");
  feedback.fit = static_cast<ledger::Fit>(fit);
  if (!rows.is_null(row, 7)) feedback.rating = static_cast<int>(rows.integer(row, 7));
  feedback.comment = rows.text(row, 8);
  feedback.corrected_output = rows.text(row, 9);
  feedback.golden = rows.boolean(row, 10);
  feedback.slice = rows.real(row, 11);
  feedback.idempotency_key = rows.text(row, 12);
  return feedback;
}

}  // namespace pointsman::ledger_postgres
