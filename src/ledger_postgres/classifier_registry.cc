#include "ledger_postgres/classifier_registry.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "ledger/driver_rules.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Assignment;
using ledger::ClassifierVersion;
using ledger::RegistryEvent;

// Of one value of an artefact: no statement is very large, and none takes very long.
constexpr std::size_t kPartBytes = std::size_t{1} << 20;

ClassifierVersion read_version(const Rows& rows, std::size_t row) {
  return {.version = rows.text(row, 0),
          .parent = rows.text(row, 1),
          .origin = rows.text(row, 2),
          .made = rows.time(row, 3),
          .card = rows.text(row, 4),
          .certificate = rows.text(row, 5),
          .pairing = rows.text(row, 6),
          .bytes = static_cast<std::uint64_t>(rows.integer(row, 7))};
}

class PostgresRegistry final : public ledger::ClassifierRegistry {
 public:
  explicit PostgresRegistry(Session session) : session_(std::move(session)) {}

  Result<bool> add(const ClassifierVersion& version, std::string_view artefact, const RegistryEvent& event) override {
    PM_CHECK(ledger::check_version(version.version));
    bool added = false;
    PM_CHECK(session_.write(Lock::kLearning, [&](Connection& connection) -> Result<void> {
      PM_TRY(added, insert(connection, version, artefact));
      if (!added) return {};
      PM_CHECK(put_artefact(connection, version.version, artefact));
      return insert_event(connection, event);
    }));
    return added;
  }

  Result<std::vector<ClassifierVersion>> versions() override { return select("$1 = ''", ""); }

  Result<ClassifierVersion> find(std::string_view prefix) override {
    PM_TRY(const std::string digits, ledger::version_digits(prefix));
    PM_TRY(const std::vector<ClassifierVersion> found, select("starts_with(version, $1)", digits));
    return ledger::only_one(digits, found);
  }

  Result<std::string> artefact(std::string_view version) override {
    PM_TRY(const Rows row,
           session_.read("SELECT bytes, digest FROM classifiers WHERE version = $1", Params().text(version)));
    if (row.empty()) return base::fail(ledger::no_such_classifier(version));
    std::string content;
    for (std::int64_t part = 0;; ++part) {
      PM_TRY(const Rows next, session_.read("SELECT content FROM classifier_parts WHERE version = $1 AND part = $2",
                                            Params().text(version).integer(part)));
      if (next.empty()) break;
      content += next.bytes(0, 0);
    }
    if (base::sha256_hex(content) == row.bytes(0, 1)) return content;
    return base::fail(ErrorCode::kCorrupt, "the classifier " + std::string(version) + " is not what was added");
  }

  Result<void> set_proofs(std::string_view version, std::string_view certificate, std::string_view pairing) override {
    PM_TRY(const Rows done, session_.write("UPDATE classifiers SET certificate = $2, pairing = $3 WHERE version = $1",
                                           Params().text(version).text(certificate).text(pairing)));
    return done.changed() > 0 ? Result<void>() : base::fail(ledger::no_such_classifier(version));
  }

  Result<std::vector<Assignment>> assignments() override {
    PM_TRY(const Rows rows, session_.read("SELECT role, version, share, since FROM assignments ORDER BY role"));
    std::vector<Assignment> all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t role = rows.integer(i, 0);
      if (role < 0 || role > static_cast<std::int64_t>(ledger::Role::kShadow)) {
        return base::fail(ErrorCode::kCorrupt, "the registry gives an unknown role to " + rows.text(i, 1));
      }
      all.push_back({static_cast<ledger::Role>(role), rows.text(i, 1), rows.real(i, 2), rows.time(i, 3)});
    }
    return all;
  }

  Result<void> assign(const Assignment& assignment, std::string_view expected, const RegistryEvent& event) override {
    return session_.write(Lock::kLearning, [&](Connection& connection) -> Result<void> {
      const std::int64_t role = static_cast<std::int64_t>(assignment.role);
      PM_TRY(const Rows row, connection.run("SELECT version FROM assignments WHERE role = $1", Params().integer(role)));
      const std::string holder = row.text(0, 0);
      if (holder != expected) return base::fail(ledger::overtaken(assignment.role, holder));
      RegistryEvent noted = event;
      if (noted.before.empty()) noted.before = holder;
      if (assignment.version.empty()) {
        PM_CHECK(connection.run("DELETE FROM assignments WHERE role = $1", Params().integer(role)));
      } else {
        PM_CHECK(give(connection, assignment));
      }
      return insert_event(connection, noted);
    });
  }

  Result<void> note(const RegistryEvent& event) override {
    return session_.write(Lock::kLearning, [&](Connection& connection) { return insert_event(connection, event); });
  }

  Result<std::vector<RegistryEvent>> events(std::size_t limit) override {
    constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();
    PM_TRY(const Rows rows, session_.read("SELECT number, at, kind, version, before, who, reason, detail "
                                          "FROM registry_events ORDER BY number DESC LIMIT $1",
                                          Params().integer(static_cast<std::int64_t>(std::min(limit, kAll)))));
    std::vector<RegistryEvent> all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      all.push_back({.number = rows.integer(i, 0),
                     .at = rows.time(i, 1),
                     .kind = rows.text(i, 2),
                     .version = rows.text(i, 3),
                     .before = rows.text(i, 4),
                     .who = rows.text(i, 5),
                     .reason = rows.text(i, 6),
                     .detail = rows.text(i, 7)});
    }
    return all;
  }

  // Every change of an assignment is an event, so the number of the last one tells.
  Result<std::int64_t> serial() override {
    PM_TRY(const Rows row, session_.read("SELECT coalesce(max(number), 0) FROM registry_events"));
    return row.integer(0, 0);
  }

 private:
  Result<std::vector<ClassifierVersion>> select(const char* condition, std::string_view parameter) {
    PM_TRY(const Rows rows,
           session_.read(std::string("SELECT version, parent, origin, made, card, certificate, pairing, "
                                     "bytes FROM classifiers WHERE ") +
                             condition + " ORDER BY made, number",
                         Params().text(parameter)));
    std::vector<ClassifierVersion> all;
    for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(read_version(rows, i));
    return all;
  }

  // False: it is there already.
  static Result<bool> insert(Connection& connection, const ClassifierVersion& version, std::string_view artefact) {
    Params params;
    params.text(version.version).text(version.parent).text(version.origin).time(version.made).text(version.card);
    params.text(version.certificate).text(version.pairing).integer(static_cast<std::int64_t>(artefact.size()));
    params.text(base::sha256_hex(artefact));
    PM_TRY(const Rows added,
           connection.run("INSERT INTO classifiers(version, parent, origin, made, card, certificate, pairing, bytes, "
                          "digest) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (version) DO NOTHING "
                          "RETURNING 1",
                          params));
    return !added.empty();
  }

  static Result<void> insert_event(Connection& connection, const RegistryEvent& event) {
    Params params;
    params.time(event.at).text(event.kind).text(event.version).text(event.before).text(event.who).text(event.reason);
    params.text(event.detail);
    PM_CHECK(
        connection.run("INSERT INTO registry_events(number, at, kind, version, before, who, reason, detail) "
                       "SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM registry_events",
                       params));
    return {};
  }

  static Result<void> give(Connection& connection, const Assignment& assignment) {
    PM_TRY(const Rows there,
           connection.run("SELECT 1 FROM classifiers WHERE version = $1", Params().text(assignment.version)));
    if (there.empty()) return base::fail(ledger::no_such_classifier(assignment.version));
    Params params;
    params.integer(static_cast<std::int64_t>(assignment.role)).text(assignment.version).real(assignment.share);
    params.time(assignment.since);
    PM_CHECK(
        connection.run("INSERT INTO assignments(role, version, share, since) VALUES($1, $2, $3, $4) "
                       "ON CONFLICT (role) DO UPDATE SET version = $2, share = $3, since = $4",
                       params));
    return {};
  }

  Session session_;
};

}  // namespace

Result<void> put_artefact(Connection& connection, std::string_view version, std::string_view artefact) {
  for (std::size_t part = 0; part * kPartBytes < artefact.size(); ++part) {
    PM_CHECK(
        connection.run("INSERT INTO classifier_parts(version, part, content) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                       Params()
                           .text(version)
                           .integer(static_cast<std::int64_t>(part))
                           .bytes(artefact.substr(part * kPartBytes, kPartBytes))));
  }
  return {};
}

Result<std::unique_ptr<ledger::ClassifierRegistry>> open_classifier_registry(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresRegistry>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
