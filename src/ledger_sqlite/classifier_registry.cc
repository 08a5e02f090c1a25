#include "ledger_sqlite/classifier_registry.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "ledger/driver_rules.h"
#include "ledger_sqlite/artefact_files.h"
#include "ledger_sqlite/learning_db.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Assignment;
using ledger::ClassifierVersion;
using ledger::RegistryEvent;

constexpr std::chrono::seconds kSweepAge = std::chrono::hours(1);
constexpr const char* kVersionColumns = "version, parent, origin, made, card, certificate, pairing, bytes";

std::int64_t micros(base::WallTime time) {
  return time.time_since_epoch().count();
}
base::WallTime wall(std::int64_t micros) {
  return base::WallTime(std::chrono::microseconds(micros));
}

ClassifierVersion read_version(const Statement& row) {
  return {.version = std::string(row.bytes(0)),
          .parent = std::string(row.bytes(1)),
          .origin = std::string(row.bytes(2)),
          .made = wall(row.integer(3)),
          .card = std::string(row.bytes(4)),
          .certificate = std::string(row.bytes(5)),
          .pairing = std::string(row.bytes(6)),
          .bytes = static_cast<std::uint64_t>(row.integer(7))};
}

// What a version needs to serve.
struct Stored {
  std::uint64_t bytes = 0;
  std::string digest;
};

class SqliteRegistry final : public ledger::ClassifierRegistry {
 public:
  explicit SqliteRegistry(SharedDb db) : db_(std::move(db)), files_(db_.directory()) {}

  Result<void> sweep() {
    return db_.write([&]() -> Result<void> {
      PM_TRY(const std::vector<ClassifierVersion> known, versions());
      files_.sweep(kSweepAge, [&](std::string_view version) {
        return std::ranges::any_of(known, [&](const ClassifierVersion& one) { return one.version == version; });
      });
      return {};
    });
  }

  Result<bool> add(const ClassifierVersion& version, std::string_view artefact, const RegistryEvent& event) override {
    PM_CHECK(ledger::check_version(version.version));
    const std::string digest = base::sha256_hex(artefact);
    PM_TRY(const std::optional<Stored> before, stored(version.version));
    if (before) {
      // Its file may have got lost; these bytes are the same.
      if (before->digest == digest && !files_.has(version.version)) PM_CHECK(files_.put(version.version, artefact));
      return false;
    }
    PM_CHECK(files_.put(version.version, artefact));
    bool added = false;
    PM_CHECK(db_.write([&]() -> Result<void> {
      // Whoever sweeps has the lock meanwhile, so that the file is now gone or safe.
      if (!files_.has(version.version)) PM_CHECK(files_.put(version.version, artefact));
      PM_TRY(added, insert(version, artefact.size(), digest));
      return added ? insert_event(event) : Result<void>();
    }));
    return added;
  }

  Result<std::vector<ClassifierVersion>> versions() override { return select("1", ""); }

  Result<ClassifierVersion> find(std::string_view prefix) override {
    PM_TRY(const std::string digits, ledger::version_digits(prefix));
    PM_TRY(const std::vector<ClassifierVersion> found, select("substr(version, 1, length(?1)) = ?1", digits));
    return ledger::only_one(digits, found);
  }

  Result<std::string> artefact(std::string_view version) override {
    PM_TRY(const std::optional<Stored> row, stored(version));
    if (!row) return base::fail(ledger::no_such_classifier(version));
    PM_TRY(std::string content, files_.get(version, row->bytes));
    if (base::sha256_hex(content) == row->digest) return content;
    return base::fail(ErrorCode::kCorrupt, "the classifier " + files_.path(version) + " is not what was added");
  }

  Result<void> set_proofs(std::string_view version, std::string_view certificate, std::string_view pairing) override {
    return db_.write([&]() -> Result<void> {
      PM_TRY(Statement statement,
             prepare("UPDATE classifiers SET certificate = ?2, pairing = ?3 WHERE version = ?1 RETURNING 1"));
      statement.bind_text(1, version);
      statement.bind_text(2, certificate);
      statement.bind_text(3, pairing);
      PM_TRY(const bool found, statement.step());
      return found ? Result<void>() : base::fail(ledger::no_such_classifier(version));
    });
  }

  Result<std::vector<Assignment>> assignments() override {
    PM_TRY(Statement statement, prepare("SELECT role, version, share, since FROM assignments ORDER BY role"));
    std::vector<Assignment> all;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return all;
      const std::int64_t role = statement.integer(0);
      if (role < 0 || role > static_cast<std::int64_t>(ledger::Role::kShadow)) {
        return base::fail(ErrorCode::kCorrupt,
                          "the registry gives an unknown role to " + std::string(statement.bytes(1)));
      }
      all.push_back({.role = static_cast<ledger::Role>(role),
                     .version = std::string(statement.bytes(1)),
                     .share = statement.real(2),
                     .since = wall(statement.integer(3))});
    }
  }

  Result<void> assign(const Assignment& assignment, std::string_view expected, const RegistryEvent& event) override {
    return db_.write([&]() -> Result<void> {
      PM_TRY(const std::string holder, holder_of(assignment.role));
      if (holder != expected) return base::fail(ledger::overtaken(assignment.role, holder));
      RegistryEvent noted = event;
      if (noted.before.empty()) noted.before = holder;
      PM_CHECK(assignment.version.empty() ? vacate(assignment.role) : give(assignment));
      return insert_event(noted);
    });
  }

  Result<void> note(const RegistryEvent& event) override {
    return db_.write([&] { return insert_event(event); });
  }

  Result<std::vector<RegistryEvent>> events(std::size_t limit) override {
    PM_TRY(Statement statement, prepare("SELECT number, at, kind, version, before, who, reason, detail "
                                        "FROM registry_events ORDER BY number DESC LIMIT ?1"));
    constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();
    statement.bind(1, static_cast<std::int64_t>(std::min(limit, kAll)));
    std::vector<RegistryEvent> all;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return all;
      all.push_back({.number = statement.integer(0),
                     .at = wall(statement.integer(1)),
                     .kind = std::string(statement.bytes(2)),
                     .version = std::string(statement.bytes(3)),
                     .before = std::string(statement.bytes(4)),
                     .who = std::string(statement.bytes(5)),
                     .reason = std::string(statement.bytes(6)),
                     .detail = std::string(statement.bytes(7))});
    }
  }

  // Every change of an assignment is an event, so the number of the last one tells. The pragma notices what other
  // connections commit, to any table; this one's own changes it does not.
  Result<std::int64_t> serial() override {
    PM_TRY(const std::int64_t version, run_integer(data_version_, "PRAGMA data_version"));
    if (version != seen_ || stale_) {
      PM_TRY(serial_, run_integer(last_event_, "SELECT coalesce(max(number), 0) FROM registry_events"));
      seen_ = version;
      stale_ = false;
    }
    return serial_;
  }

 private:
  Result<Statement> prepare(std::string_view sql) { return db_.database().prepare(sql); }

  Result<std::int64_t> run_integer(std::optional<Statement>& statement, std::string_view sql) {
    if (!statement) {
      PM_TRY(statement, prepare(sql));
    }
    const auto row = statement->step();
    const std::int64_t value = row && *row ? statement->integer(0) : 0;
    statement->reset();
    if (!row) return base::fail(row.error());
    return value;
  }

  Result<std::vector<ClassifierVersion>> select(const char* condition, std::string_view parameter) {
    PM_TRY(Statement statement, prepare(std::string("SELECT ") + kVersionColumns + " FROM classifiers WHERE " +
                                        condition + " ORDER BY made, number"));
    if (!parameter.empty()) statement.bind_text(1, parameter);
    std::vector<ClassifierVersion> all;
    for (;;) {
      PM_TRY(const bool row, statement.step());
      if (!row) return all;
      all.push_back(read_version(statement));
    }
  }

  Result<std::optional<Stored>> stored(std::string_view version) {
    PM_TRY(Statement statement, prepare("SELECT bytes, digest FROM classifiers WHERE version = ?1"));
    statement.bind_text(1, version);
    PM_TRY(const bool row, statement.step());
    if (!row) return std::nullopt;
    return Stored{static_cast<std::uint64_t>(statement.integer(0)), std::string(statement.bytes(1))};
  }

  // False: another process was faster.
  Result<bool> insert(const ClassifierVersion& version, std::size_t bytes, std::string_view digest) {
    PM_TRY(Statement statement,
           prepare("INSERT OR IGNORE INTO classifiers(version, parent, origin, made, card, certificate, pairing, "
                   "bytes, digest) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING 1"));
    statement.bind_text(1, version.version);
    statement.bind_text(2, version.parent);
    statement.bind_text(3, version.origin);
    statement.bind(4, micros(version.made));
    statement.bind_text(5, version.card);
    statement.bind_text(6, version.certificate);
    statement.bind_text(7, version.pairing);
    statement.bind(8, static_cast<std::int64_t>(bytes));
    statement.bind_text(9, digest);
    return statement.step();
  }

  Result<void> insert_event(const RegistryEvent& event) {
    stale_ = true;
    PM_TRY(Statement statement, prepare("INSERT INTO registry_events(at, kind, version, before, who, reason, detail) "
                                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    statement.bind(1, micros(event.at));
    statement.bind_text(2, event.kind);
    statement.bind_text(3, event.version);
    statement.bind_text(4, event.before);
    statement.bind_text(5, event.who);
    statement.bind_text(6, event.reason);
    statement.bind_text(7, event.detail);
    return statement.run();
  }

  // Empty: nobody.
  Result<std::string> holder_of(ledger::Role role) {
    PM_TRY(Statement statement, prepare("SELECT version FROM assignments WHERE role = ?1"));
    statement.bind(1, static_cast<std::int64_t>(role));
    PM_TRY(const bool row, statement.step());
    return row ? std::string(statement.bytes(0)) : std::string();
  }

  Result<void> vacate(ledger::Role role) {
    PM_TRY(Statement statement, prepare("DELETE FROM assignments WHERE role = ?1"));
    statement.bind(1, static_cast<std::int64_t>(role));
    return statement.run();
  }

  Result<void> give(const Assignment& assignment) {
    PM_TRY(const std::optional<Stored> row, stored(assignment.version));
    if (!row) return base::fail(ledger::no_such_classifier(assignment.version));
    if (!files_.has(assignment.version)) {
      return base::fail(ErrorCode::kCorrupt, "the classifier " + files_.path(assignment.version) +
                                                 " is missing, although it is in the list");
    }
    PM_TRY(Statement statement, prepare("INSERT OR REPLACE INTO assignments(role, version, share, since) "
                                        "VALUES(?1, ?2, ?3, ?4)"));
    statement.bind(1, static_cast<std::int64_t>(assignment.role));
    statement.bind_text(2, assignment.version);
    statement.bind_real(3, assignment.share);
    statement.bind(4, micros(assignment.since));
    return statement.run();
  }

  SharedDb db_;
  ArtefactFiles files_;
  std::optional<Statement> data_version_;
  std::optional<Statement> last_event_;
  std::int64_t seen_ = 0;
  std::int64_t serial_ = 0;
  bool stale_ = true;
};

}  // namespace

Result<std::unique_ptr<ledger::ClassifierRegistry>> open_classifier_registry(const std::string& directory,
                                                                             OpenMode mode) {
  PM_TRY(SharedDb db, open_learning_db(directory, mode));
  auto registry = std::make_unique<SqliteRegistry>(std::move(db));
  if (mode != OpenMode::kReadOnly) PM_CHECK(registry->sweep());
  return registry;
}

}  // namespace pointsman::ledger_sqlite
