#include "ledger_sqlite/feedback_store.h"

#include <vector>

#include "ledger/driver_rules.h"
#include "ledger/entry_codec.h"
#include "ledger_sqlite/feedback_row.h"
#include "ledger_sqlite/learning_db.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Entry;
using ledger::Feedback;

constexpr std::size_t kPageRows = 64;
void bind_feedback(Statement& statement, const Feedback& feedback) {
  statement.bind_blob(1, view(feedback.id));
  statement.bind_blob(2, view(feedback.decision));
  statement.bind(3, static_cast<std::int64_t>(feedback.signal));
  statement.bind_text(4, feedback.who);
  statement.bind_text(5, feedback.category);
  statement.bind(6, feedback.no_category ? 1 : 0);
  statement.bind(7, static_cast<std::int64_t>(feedback.fit));
  feedback.rating ? statement.bind(8, std::int64_t{*feedback.rating}) : statement.bind_null(8);
  statement.bind_text(9, feedback.comment);
  statement.bind_text(10, feedback.corrected_output);
  statement.bind(11, feedback.golden ? 1 : 0);
  statement.bind_real(12, feedback.slice);
  feedback.idempotency_key.empty() ? statement.bind_null(13) : statement.bind_text(13, feedback.idempotency_key);
}

struct Kept {
  Feedback feedback;
  Entry about;
};

class SqliteFeedbackStore final : public ledger::FeedbackStore {
 public:
  explicit SqliteFeedbackStore(SharedDb db) : db_(std::move(db)) {}

  Result<ledger::Receipt> add(const Feedback& feedback, const Entry& about) override {
    ledger::Receipt receipt;
    PM_CHECK(db_.write([&]() -> Result<void> {
      PM_TRY(receipt, put(feedback, about));
      return {};
    }));
    return receipt;
  }

  Result<std::vector<ledger::Receipt>> add_all(std::span<const ledger::Statement> statements) override {
    std::vector<ledger::Receipt> receipts;
    PM_CHECK(db_.write([&]() -> Result<void> {
      for (const auto& [feedback, about] : statements) {
        PM_TRY(const ledger::Receipt receipt, put(feedback, about));
        receipts.push_back(receipt);
      }
      return {};
    }));
    return receipts;
  }

  Result<bool> retract(const base::Uuid& id) override {
    bool found = false;
    PM_CHECK(db_.write([&]() -> Result<void> {
      PM_TRY(Statement statement, prepare("DELETE FROM feedback WHERE id = ?1 RETURNING decision"));
      statement.bind_blob(1, view(id));
      PM_TRY(found, statement.step());
      if (!found) return {};
      PM_TRY(const base::Uuid decision, read_uuid(statement, 0));
      statement.reset();
      PM_TRY(Statement orphan, prepare("DELETE FROM samples WHERE decision = ?1 AND NOT EXISTS"
                                       "(SELECT 1 FROM feedback WHERE decision = ?1)"));
      orphan.bind_blob(1, view(decision));
      return orphan.run();
    }));
    return found;
  }

  Result<void> scan(const std::function<bool(const Feedback&, const Entry&)>& each) override {
    base::Uuid last;
    for (;;) {
      PM_TRY(const std::vector<Kept> page, read_page(last));
      for (const Kept& one : page) {
        if (!each(one.feedback, one.about)) return {};
      }
      if (page.size() < kPageRows) return {};
      last = page.back().feedback.id;
    }
  }

  Result<std::optional<Entry>> sample(const base::Uuid& decision) override {
    PM_TRY(Statement statement, prepare("SELECT record FROM samples WHERE decision = ?1"));
    statement.bind_blob(1, view(decision));
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    PM_TRY(Entry entry, ledger::decode(statement.bytes(0)));
    return entry;
  }

  Result<std::uint64_t> labels_since(const base::Uuid& id) override {
    PM_TRY(Statement statement, prepare("SELECT count(*) FROM feedback WHERE id > ?1 AND signal = 0 "
                                        "AND (no_category <> 0 OR category <> '')"));
    statement.bind_blob(1, view(id));
    PM_CHECK(statement.step());
    return static_cast<std::uint64_t>(statement.integer(0));
  }

  Result<bool> lease(const base::Uuid& decision, std::string_view who, base::WallTime now,
                     base::WallTime until) override {
    bool granted = false;
    PM_CHECK(db_.write([&]() -> Result<void> {
      PM_TRY(Statement expired, prepare("DELETE FROM leases WHERE until <= ?1"));
      expired.bind(1, now.time_since_epoch().count());
      PM_CHECK(expired.run());
      PM_TRY(Statement statement, prepare("INSERT INTO leases(decision, who, until) VALUES(?1, ?2, ?3) "
                                          "ON CONFLICT(decision) DO UPDATE SET until = ?3 WHERE who = ?2 RETURNING 1"));
      statement.bind_blob(1, view(decision));
      statement.bind_text(2, who);
      statement.bind(3, until.time_since_epoch().count());
      PM_TRY(granted, statement.step());
      return {};
    }));
    return granted;
  }

  Result<void> release(const base::Uuid& decision, std::string_view who) override {
    return db_.write([&]() -> Result<void> {
      PM_TRY(Statement statement, prepare("DELETE FROM leases WHERE decision = ?1 AND who = ?2"));
      statement.bind_blob(1, view(decision));
      statement.bind_text(2, who);
      return statement.run();
    });
  }

  Result<std::uint64_t> forget(const ledger::Whose& whose) override {
    std::uint64_t removed = 0;
    PM_CHECK(db_.write([&]() -> Result<void> {
      for (const char* table : {"leases", "feedback"}) {
        PM_TRY(Statement theirs, prepare(std::string("DELETE FROM ") + table + kTheirs));
        theirs.bind(1, static_cast<std::int64_t>(whose.user));
        theirs.bind_text(2, whose.key);
        theirs.bind_text(3, whose.who);
        PM_CHECK(count(theirs, removed));
      }
      PM_TRY(Statement unspoken, prepare("DELETE FROM samples WHERE decision NOT IN (SELECT decision FROM feedback)"));
      return count(unspoken, removed);
    }));
    // Also where nothing was left to remove: an earlier attempt may have got only so far.
    PM_CHECK(db_.overwrite_removed());
    return removed;
  }

 private:
  // What they said, and what anybody said about their requests: ?1 user, ?2 key, ?3 who; 0 and '' are nobody.
  static constexpr const char* kTheirs =
      " WHERE (?3 <> '' AND who = ?3) OR decision IN "
      "(SELECT decision FROM samples WHERE (?1 <> 0 AND user = ?1) OR (?2 <> '' AND key = ?2))";

  Result<void> count(Statement& statement, std::uint64_t& changed) {
    PM_CHECK(statement.run());
    PM_TRY(const std::int64_t rows, db_.database().query_integer("SELECT changes()"));
    changed += static_cast<std::uint64_t>(rows);
    return {};
  }
  Result<Statement> prepare(std::string_view sql) { return db_.database().prepare(sql); }

  // Within a transaction.
  Result<ledger::Receipt> put(const Feedback& feedback, const Entry& about) {
    if (about.id != feedback.decision) return base::fail(ledger::other_entry(feedback, about));
    PM_TRY(const std::optional<Feedback> before, with_key(feedback.idempotency_key));
    if (before && !same_content(*before, feedback)) return base::fail(ledger::reused_key(feedback.idempotency_key));
    if (before) return ledger::Receipt{.id = before->id, .repeated = true};
    PM_CHECK(insert(feedback, about, ledger::whole_record(about)));
    return ledger::Receipt{.id = feedback.id};
  }

  Result<std::optional<Feedback>> with_key(const std::string& key) {
    if (key.empty()) return std::nullopt;
    PM_TRY(Statement statement,
           prepare(std::string("SELECT ") + kFeedbackColumns + " FROM feedback f WHERE f.idempotency_key = ?1"));
    statement.bind_text(1, key);
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    PM_TRY(Feedback feedback, read_feedback(statement));
    return feedback;
  }

  Result<void> insert(const Feedback& feedback, const Entry& about, std::string_view record) {
    PM_TRY(Statement sample, prepare("INSERT OR IGNORE INTO samples(decision, user, key, record) "
                                     "VALUES(?1, ?2, ?3, ?4)"));
    sample.bind_blob(1, view(about.id));
    sample.bind(2, static_cast<std::int64_t>(about.user));
    sample.bind_text(3, about.key);
    sample.bind_blob(4, record);
    PM_CHECK(sample.run());
    PM_TRY(Statement statement,
           prepare("INSERT INTO feedback(id, decision, signal, who, category, no_category, fit, rating, comment, "
                   "corrected_output, golden, slice, idempotency_key) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"));
    bind_feedback(statement, feedback);
    return statement.run();
  }

  Result<std::vector<Kept>> read_page(const base::Uuid& after) {
    PM_TRY(Statement statement, prepare(std::string("SELECT ") + kFeedbackColumns +
                                        ", s.record FROM feedback f LEFT JOIN samples s USING(decision) "
                                        "WHERE f.id > ?1 ORDER BY f.id LIMIT ?2"));
    statement.bind_blob(1, view(after));
    statement.bind(2, static_cast<std::int64_t>(kPageRows));
    std::vector<Kept> page;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return page;
      PM_TRY(Feedback feedback, read_feedback(statement));
      auto entry = ledger::decode(statement.bytes(kFeedbackColumnCount));
      if (!entry) {
        return base::fail(base::Error(ErrorCode::kCorrupt, entry.error().message())
                              .in("the entry " + feedback.decision.to_string() + " that feedback speaks of"));
      }
      page.push_back({std::move(feedback), std::move(*entry)});
    }
  }

  SharedDb db_;
};

}  // namespace

Result<std::unique_ptr<ledger::FeedbackStore>> open_feedback_store(const std::string& directory, OpenMode mode) {
  PM_TRY(SharedDb db, open_learning_db(directory, mode));
  return std::make_unique<SqliteFeedbackStore>(std::move(db));
}

}  // namespace pointsman::ledger_sqlite
