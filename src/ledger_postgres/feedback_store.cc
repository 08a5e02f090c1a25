#include "ledger_postgres/feedback_store.h"

#include <vector>

#include "ledger/driver_rules.h"
#include "ledger/entry_codec.h"
#include "ledger_postgres/feedback_row.h"
#include "ledger_postgres/forget.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Entry;
using ledger::Feedback;

constexpr std::int64_t kPageRows = 64;
Params params_of(const Feedback& feedback) {
  Params params;
  params.uuid(feedback.id).uuid(feedback.decision).integer(static_cast<std::int64_t>(feedback.signal));
  params.bytes(feedback.who).bytes(feedback.category).boolean(feedback.no_category);
  params.integer(static_cast<std::int64_t>(feedback.fit)).integer(feedback.rating);
  params.bytes(feedback.comment).bytes(feedback.corrected_output).boolean(feedback.golden).real(feedback.slice);
  return params.null_or_bytes(feedback.idempotency_key);
}

class PostgresFeedbackStore final : public ledger::FeedbackStore {
 public:
  explicit PostgresFeedbackStore(Session session) : session_(std::move(session)) {}

  Result<ledger::Receipt> add(const Feedback& feedback, const Entry& about) override {
    ledger::Receipt receipt;
    PM_CHECK(session_.write(Lock::kLearning, Share::kShared, [&](Connection& connection) -> Result<void> {
      PM_TRY(receipt, put(connection, feedback, about));
      return {};
    }));
    return receipt;
  }

  Result<std::vector<ledger::Receipt>> add_all(std::span<const ledger::Statement> statements) override {
    std::vector<ledger::Receipt> receipts;
    PM_CHECK(session_.write(Lock::kLearning, Share::kShared, [&](Connection& connection) -> Result<void> {
      for (const auto& [feedback, about] : statements) {
        PM_TRY(const ledger::Receipt receipt, put(connection, feedback, about));
        receipts.push_back(receipt);
      }
      return {};
    }));
    return receipts;
  }

  Result<bool> retract(const base::Uuid& id) override {
    bool found = false;
    PM_CHECK(session_.write(Lock::kLearning, [&](Connection& connection) -> Result<void> {
      PM_TRY(const Rows gone,
             connection.run("DELETE FROM feedback WHERE id = $1 RETURNING decision", Params().uuid(id)));
      found = !gone.empty();
      if (!found) return {};
      PM_TRY(const base::Uuid decision, gone.uuid(0, 0));
      PM_CHECK(
          connection.run("DELETE FROM samples WHERE decision = $1 AND NOT EXISTS"
                         "(SELECT FROM feedback WHERE decision = $1)",
                         Params().uuid(decision)));
      return {};
    }));
    return found;
  }

  Result<void> scan(const std::function<bool(const Feedback&, const Entry&)>& each) override {
    base::Uuid last;
    for (;;) {
      PM_TRY(const Rows rows, session_.read(std::string("SELECT ") + kFeedbackColumns +
                                                ", s.record FROM feedback f LEFT JOIN samples s USING(decision) "
                                                "WHERE f.id > $1 ORDER BY f.id LIMIT $2",
                                            Params().uuid(last).integer(kPageRows)));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        PM_TRY(const Feedback feedback, read_feedback(rows, i));
        last = feedback.id;
        const auto about = ledger::decode(rows.bytes(i, kFeedbackColumnCount));
        if (!about) {
          return base::fail(base::Error(ErrorCode::kCorrupt, about.error().message())
                                .in("the entry " + feedback.decision.to_string() + " that feedback speaks of"));
        }
        if (!each(feedback, *about)) return {};
      }
      if (rows.size() < static_cast<std::size_t>(kPageRows)) return {};
    }
  }

  Result<std::optional<Entry>> sample(const base::Uuid& decision) override {
    PM_TRY(const Rows rows, session_.read("SELECT record FROM samples WHERE decision = $1", Params().uuid(decision)));
    if (rows.empty()) return std::nullopt;
    PM_TRY(Entry entry, ledger::decode(rows.bytes(0, 0)));
    return entry;
  }

  Result<std::uint64_t> labels_since(const base::Uuid& id) override {
    PM_TRY(const Rows rows, session_.read("SELECT count(*) FROM feedback WHERE id > $1 AND signal = 0 "
                                          "AND (no_category OR category <> ''::bytea)",
                                          Params().uuid(id)));
    return static_cast<std::uint64_t>(rows.integer(0, 0));
  }

  Result<bool> lease(const base::Uuid& decision, std::string_view who, base::WallTime now,
                     base::WallTime until) override {
    Params params;
    params.uuid(decision).bytes(who).time(until).time(now);
    PM_TRY(const Rows granted,
           session_.write("INSERT INTO leases AS l(decision, who, until) VALUES($1, $2, $3) ON CONFLICT(decision) "
                          "DO UPDATE SET who = $2, until = $3 WHERE l.who = $2 OR l.until <= $4 RETURNING 1",
                          params));
    return !granted.empty();
  }

  Result<void> release(const base::Uuid& decision, std::string_view who) override {
    PM_CHECK(session_.write("DELETE FROM leases WHERE decision = $1 AND who = $2", Params().uuid(decision).bytes(who)));
    return {};
  }

  Result<std::uint64_t> forget(const ledger::Whose& whose) override {
    std::uint64_t removed = 0;
    PM_CHECK(session_.write(Lock::kLearning, [&](Connection& connection) -> Result<void> {
      for (const char* const table : {"leases", "feedback"}) {
        PM_TRY(
            const Rows gone,
            connection.run(std::string("DELETE FROM ") + table + kTheirs,
                           Params().integer(static_cast<std::int64_t>(whose.user)).text(whose.key).bytes(whose.who)));
        removed += gone.changed();
      }
      PM_TRY(const Rows unspoken,
             connection.run("DELETE FROM samples WHERE decision NOT IN (SELECT decision FROM feedback)"));
      removed += unspoken.changed();
      return {};
    }));
    // Also where nothing was left to remove: an earlier attempt may have got only so far.
    for (const char* const table : {"leases", "feedback", "samples"}) {
      PM_CHECK(overwrite_removed(session_.target(), table));
    }
    return removed;
  }

 private:
  // What they said, and what anybody said about their requests: $1 user, $2 key, $3 who; 0 and '' are nobody.
  static constexpr const char* kTheirs =
      " WHERE ($3 <> ''::bytea AND who = $3) OR decision IN "
      "(SELECT decision FROM samples WHERE ($1 <> 0 AND user_id = $1) OR ($2 <> '' AND key = $2))";

  // Two that come with the same idempotency key at once: the second waits until the first is committed, and then finds
  // it there.
  static Result<ledger::Receipt> put(Connection& connection, const Feedback& feedback, const Entry& about) {
    if (about.id != feedback.decision) return base::fail(ledger::other_entry(feedback, about));
    PM_TRY(
        const Rows added,
        connection.run("INSERT INTO feedback(id, decision, signal, who, category, no_category, fit, rating, comment, "
                       "corrected_output, golden, slice, idempotency_key) "
                       "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
                       "ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
                       params_of(feedback)));
    if (added.empty()) return repeated(connection, feedback);
    Params sample;
    sample.uuid(about.id)
        .integer(static_cast<std::int64_t>(about.user))
        .text(about.key)
        .bytes(ledger::whole_record(about));
    PM_CHECK(
        connection.run("INSERT INTO samples(decision, user_id, key, record) VALUES($1, $2, $3, $4) "
                       "ON CONFLICT DO NOTHING",
                       sample));
    return ledger::Receipt{.id = feedback.id};
  }

  static Result<ledger::Receipt> repeated(Connection& connection, const Feedback& feedback) {
    PM_TRY(const Rows rows,
           connection.run(std::string("SELECT ") + kFeedbackColumns + " FROM feedback f WHERE f.idempotency_key = $1",
                          Params().bytes(feedback.idempotency_key)));
    if (rows.empty()) return base::fail(ErrorCode::kOverloaded, "the feedback was taken back meanwhile: send it again");
    PM_TRY(const Feedback before, read_feedback(rows, 0));
    if (!same_content(before, feedback)) return base::fail(ledger::reused_key(feedback.idempotency_key));
    return ledger::Receipt{.id = before.id, .repeated = true};
  }

  Session session_;
};

class PostgresFeedbackIndex final : public ledger::FeedbackIndex {
 public:
  explicit PostgresFeedbackIndex(Session session) : session_(std::move(session)) {}

  Result<std::vector<Feedback>> about(const base::Uuid& decision) override {
    PM_TRY(const Rows rows, select("f.decision = $1 ORDER BY f.id", Params().uuid(decision)));
    std::vector<Feedback> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      PM_TRY(Feedback one, read_feedback(rows, i));
      found.push_back(std::move(one));
    }
    return found;
  }

  Result<std::optional<Feedback>> find(const base::Uuid& id) override {
    return first(select("f.id = $1", Params().uuid(id)));
  }

  Result<std::optional<Feedback>> with_key(std::string_view idempotency_key) override {
    return first(select("f.idempotency_key = $1", Params().bytes(idempotency_key)));
  }

  Result<std::vector<ledger::Lease>> leases(base::WallTime now) override {
    PM_TRY(const Rows rows, session_.read("SELECT decision, who, until FROM leases WHERE until > $1 ORDER BY decision",
                                          Params().time(now)));
    std::vector<ledger::Lease> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      PM_TRY(const base::Uuid decision, rows.uuid(i, 0));
      found.push_back({.decision = decision, .who = rows.text(i, 1), .until = rows.time(i, 2)});
    }
    return found;
  }

 private:
  Result<Rows> select(const char* where, const Params& params) {
    return session_.read(std::string("SELECT ") + kFeedbackColumns + " FROM feedback f WHERE " + where, params);
  }
  static Result<std::optional<Feedback>> first(Result<Rows> rows) {
    if (!rows) return base::fail(std::move(rows).error());
    if (rows->empty()) return std::nullopt;
    PM_TRY(Feedback one, read_feedback(*rows, 0));
    return one;
  }

  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::FeedbackStore>> open_feedback_store(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresFeedbackStore>(std::move(session));
}

Result<std::unique_ptr<ledger::FeedbackIndex>> open_feedback_index(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresFeedbackIndex>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
