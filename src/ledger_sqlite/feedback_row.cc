#include "ledger_sqlite/feedback_row.h"

#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {

using base::ErrorCode;
using base::Result;
using ledger::Feedback;

Result<Feedback> read_feedback(const Statement& row) {
  Feedback feedback;
  PM_TRY(feedback.id, read_uuid(row, 0));
  const auto damaged = [&](const char* column) {
    return base::fail(ErrorCode::kCorrupt, "feedback " + feedback.id.to_string() + ": its " + column + " is damaged");
  };
  const auto decision = read_uuid(row, 1);
  if (!decision) return damaged("decision");
  feedback.decision = *decision;
  const std::int64_t signal = row.integer(2);
  if (signal < 0 || signal > static_cast<std::int64_t>(ledger::Signal::kOverridden)) return damaged("signal");
  feedback.signal = static_cast<ledger::Signal>(signal);
  feedback.who = row.bytes(3);
  feedback.category = row.bytes(4);
  feedback.no_category = row.integer(5) != 0;
  const std::int64_t fit = row.integer(6);
  if (fit < 0 || fit > static_cast<std::int64_t>(ledger::Fit::kOverpowered)) return damaged("fit");
  feedback.fit = static_cast<ledger::Fit>(fit);
  if (!row.is_null(7)) feedback.rating = static_cast<int>(row.integer(7));
  feedback.comment = row.bytes(8);
  feedback.corrected_output = row.bytes(9);
  feedback.golden = row.integer(10) != 0;
  feedback.slice = row.real(11);
  feedback.idempotency_key = row.bytes(12);
  return feedback;
}

}  // namespace pointsman::ledger_sqlite
