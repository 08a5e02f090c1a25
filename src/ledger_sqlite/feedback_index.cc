#include "ledger_sqlite/feedback_index.h"

#include "ledger_sqlite/feedback_row.h"
#include "ledger_sqlite/learning_db.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::Feedback;
using ledger::Lease;

class SqliteFeedbackIndex final : public ledger::FeedbackIndex {
 public:
  explicit SqliteFeedbackIndex(SharedDb db) : db_(std::move(db)) {}

  Result<std::vector<Feedback>> about(const base::Uuid& decision) override {
    PM_TRY(Statement statement, select("f.decision = ?1 ORDER BY f.id"));
    statement.bind_blob(1, view(decision));
    std::vector<Feedback> found;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return found;
      PM_TRY(Feedback one, read_feedback(statement));
      found.push_back(std::move(one));
    }
  }

  Result<std::optional<Feedback>> find(const base::Uuid& id) override {
    PM_TRY(Statement statement, select("f.id = ?1"));
    statement.bind_blob(1, view(id));
    return first(statement);
  }

  Result<std::optional<Feedback>> with_key(std::string_view idempotency_key) override {
    PM_TRY(Statement statement, select("f.idempotency_key = ?1"));
    statement.bind_text(1, idempotency_key);
    return first(statement);
  }

  Result<std::vector<Lease>> leases(base::WallTime now) override {
    PM_TRY(Statement statement,
           db_.database().prepare("SELECT decision, who, until FROM leases WHERE until > ?1 ORDER BY decision"));
    statement.bind(1, now.time_since_epoch().count());
    std::vector<Lease> found;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return found;
      Lease one;
      PM_TRY(one.decision, read_uuid(statement, 0));
      one.who = statement.bytes(1);
      one.until = base::WallTime(std::chrono::microseconds(statement.integer(2)));
      found.push_back(std::move(one));
    }
  }

 private:
  Result<Statement> select(const char* where) {
    return db_.database().prepare(std::string("SELECT ") + kFeedbackColumns + " FROM feedback f WHERE " + where);
  }

  static Result<std::optional<Feedback>> first(Statement& statement) {
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    PM_TRY(Feedback one, read_feedback(statement));
    return one;
  }

  SharedDb db_;
};

}  // namespace

Result<std::unique_ptr<ledger::FeedbackIndex>> open_feedback_index(const std::string& directory) {
  PM_TRY(SharedDb db, open_learning_db(directory, OpenMode::kReadWriteCreate));
  return std::make_unique<SqliteFeedbackIndex>(std::move(db));
}

}  // namespace pointsman::ledger_sqlite
