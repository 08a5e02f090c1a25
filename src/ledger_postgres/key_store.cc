#include "ledger_postgres/key_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/driver_rules.h"
#include "ledger_postgres/key_rows.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::Key;
using ledger::KeyHand;

std::string_view view(const base::Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Result<bool> is_revoked(Connection& connection, const base::Uuid& id) {
  PM_TRY(const Rows row, connection.run("SELECT revoked FROM keys WHERE id = $1", Params().uuid(id)));
  if (row.empty()) return base::fail(ledger::no_such_key(id));
  return !row.is_null(0, 0);
}

Result<void> note(Connection& connection, const char* kind, const base::Uuid& id, const std::string& detail,
                  const KeyHand& hand) {
  Params params;
  params.time(hand.at).text(hand.who).text(kind).uuid(id).text(detail);
  PM_CHECK(
      connection.run("INSERT INTO key_changes(number, at, who, kind, key, name, detail) "
                     "SELECT (SELECT coalesce(max(number), 0) + 1 FROM key_changes), $1, $2, $3, id, name, $5 "
                     "FROM keys WHERE id = $4",
                     params));
  return {};
}

// None of the secrets is valid from `until` on; what is not valid any more is removed.
Result<void> end_secrets(Connection& connection, const base::Uuid& id, base::WallTime until, base::WallTime now) {
  PM_CHECK(connection.run("UPDATE key_secrets SET until = $2 WHERE key = $1 AND (until IS NULL OR until > $2)",
                          Params().uuid(id).time(until)));
  PM_CHECK(connection.run("DELETE FROM key_secrets WHERE key = $1 AND until <= $2", Params().uuid(id).time(now)));
  return {};
}

class PostgresKeyStore final : public ledger::KeyStore {
 public:
  explicit PostgresKeyStore(Session session) : session_(std::move(session)) {}

  Result<void> create(const Key& key, const KeyHand& hand) override {
    PM_CHECK(check_key(key));
    return session_.write(Lock::kKeys, [&](Connection& connection) -> Result<void> {
      PM_TRY(const Rows taken,
             connection.run("SELECT 1 FROM keys WHERE name = $1 AND revoked IS NULL", Params().text(key.name)));
      if (!taken.empty()) return base::fail(ledger::name_is_taken(key.name));
      PM_CHECK(insert_key(connection, key));
      return note(connection, "created", key.id, key_in_words(key), hand);
    });
  }

  Result<void> change(const Key& before, const Key& after, const KeyHand& hand) override {
    PM_CHECK(check_key(after));
    return session_.write(Lock::kKeys, [&](Connection& connection) -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(connection, after.id));
      if (revoked) return base::fail(ledger::key_is_revoked());
      PM_TRY(const std::vector<Key> all, read_keys(connection));
      const auto now = std::ranges::find(all, after.id, &Key::id);
      if (now == all.end() || !same_terms(*now, before)) return base::fail(ledger::key_was_changed());
      PM_CHECK(replace_terms(connection, after));
      Key changed = after;
      changed.tail = now->tail;
      return note(connection, "changed", after.id, key_in_words(changed), hand);
    });
  }

  Result<void> rotate(const base::Uuid& id, const base::Sha256& digest, std::string_view tail,
                      std::chrono::seconds grace, const KeyHand& hand) override {
    return session_.write(Lock::kKeys, [&](Connection& connection) -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(connection, id));
      if (revoked) return base::fail(ledger::key_is_revoked());
      const base::WallTime until = hand.at + std::max(grace, std::chrono::seconds(0));
      PM_CHECK(end_secrets(connection, id, until, hand.at));
      PM_CHECK(connection.run("INSERT INTO key_secrets(digest, key, made) VALUES($1, $2, $3)",
                              Params().bytes(view(digest)).uuid(id).time(hand.at)));
      PM_CHECK(connection.run("UPDATE keys SET tail = $2 WHERE id = $1", Params().uuid(id).text(tail)));
      const std::string before =
          grace.count() > 0 ? "the one before until " + ledger::minute_of(until) : "the one before ended";
      return note(connection, "rotated", id, fmt::format("ends with {}, {}", tail, before), hand);
    });
  }

  Result<bool> revoke(const base::Uuid& id, const KeyHand& hand) override {
    bool changed = false;
    PM_CHECK(session_.write(Lock::kKeys, [&](Connection& connection) -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(connection, id));
      if (revoked) return {};
      changed = true;
      PM_CHECK(connection.run("UPDATE keys SET revoked = $2 WHERE id = $1", Params().uuid(id).time(hand.at)));
      PM_CHECK(connection.run("DELETE FROM key_secrets WHERE key = $1", Params().uuid(id)));
      return note(connection, "revoked", id, "", hand);
    }));
    return changed;
  }

  Result<std::vector<Key>> keys() override {
    std::vector<Key> all;
    PM_CHECK(session_.read_all([&](Connection& connection) -> Result<void> {
      PM_TRY(all, read_keys(connection));
      return {};
    }));
    return all;
  }

  Result<std::optional<Key>> find(std::string_view name_or_id) override {
    PM_TRY(std::vector<Key> all, keys());
    return ledger::key_called(std::move(all), name_or_id);
  }

  Result<std::int64_t> version() override {
    PM_TRY(const Rows row, session_.read("SELECT coalesce(max(number), 0) FROM key_changes"));
    return row.integer(0, 0);
  }

  Result<std::vector<ledger::KeyEvent>> events(const std::optional<base::Uuid>& key) override {
    PM_TRY(const Rows rows, session_.read("SELECT number, at, who, kind, key, name, detail FROM key_changes "
                                          "WHERE NOT $1 OR key = $2 ORDER BY number",
                                          Params().boolean(key.has_value()).uuid(key.value_or(base::Uuid{}))));
    std::vector<ledger::KeyEvent> events;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      PM_TRY(const base::Uuid id, rows.uuid(i, 4));
      events.push_back({.number = rows.integer(i, 0),
                        .at = rows.time(i, 1),
                        .who = rows.text(i, 2),
                        .kind = rows.text(i, 3),
                        .key = id,
                        .name = rows.text(i, 5),
                        .detail = rows.text(i, 6)});
    }
    return events;
  }

 private:
  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::KeyStore>> open_key_store(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresKeyStore>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
