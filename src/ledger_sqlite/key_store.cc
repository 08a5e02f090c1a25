#include "ledger_sqlite/key_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/driver_rules.h"
#include "ledger_sqlite/access_db.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::Key;
using ledger::KeyHand;

std::int64_t micros(base::WallTime time) {
  return time.time_since_epoch().count();
}

std::string_view view(const base::Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

class SqliteKeyStore final : public ledger::KeyStore {
 public:
  explicit SqliteKeyStore(SharedDb db) : db_(std::move(db)) {}

  Result<void> create(const Key& key, const KeyHand& hand) override {
    PM_CHECK(check_key(key));
    return db_.write([&]() -> Result<void> {
      PM_TRY(Statement taken, prepare("SELECT 1 FROM keys WHERE name = ?1 AND revoked IS NULL"));
      taken.bind_text(1, key.name);
      PM_TRY(const bool there, taken.step());
      if (there) return base::fail(ledger::name_is_taken(key.name));
      PM_CHECK(insert_key(db_.database(), key));
      return note("created", key.id, key_in_words(key), hand);
    });
  }

  Result<void> change(const Key& before, const Key& after, const KeyHand& hand) override {
    PM_CHECK(check_key(after));
    return db_.write([&]() -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(after.id));
      if (revoked) return base::fail(ledger::key_is_revoked());
      PM_TRY(const std::vector<Key> all, read_keys(db_.database()));
      const auto now = std::ranges::find(all, after.id, &Key::id);
      if (now == all.end() || !same_terms(*now, before)) return base::fail(ledger::key_was_changed());
      PM_CHECK(replace_terms(db_.database(), after));
      Key changed = after;
      changed.tail = now->tail;
      return note("changed", after.id, key_in_words(changed), hand);
    });
  }

  Result<void> rotate(const base::Uuid& id, const base::Sha256& digest, std::string_view tail,
                      std::chrono::seconds grace, const KeyHand& hand) override {
    return db_.write([&]() -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(id));
      if (revoked) return base::fail(ledger::key_is_revoked());
      const base::WallTime until = hand.at + std::max(grace, std::chrono::seconds(0));
      PM_CHECK(end_secrets(id, until, hand.at));
      PM_CHECK(add_secret(id, digest, tail, hand.at));
      const std::string before =
          grace.count() > 0 ? "the one before until " + ledger::minute_of(until) : "the one before ended";
      return note("rotated", id, fmt::format("ends with {}, {}", tail, before), hand);
    });
  }

  Result<bool> revoke(const base::Uuid& id, const KeyHand& hand) override {
    bool changed = false;
    PM_CHECK(db_.write([&]() -> Result<void> {
      PM_TRY(const bool revoked, is_revoked(id));
      if (revoked) return {};
      changed = true;
      PM_TRY(Statement mark, prepare("UPDATE keys SET revoked = ?2 WHERE id = ?1"));
      mark.bind_blob(1, ledger_sqlite::view(id));
      mark.bind(2, micros(hand.at));
      PM_CHECK(mark.run());
      PM_TRY(Statement secrets, prepare("DELETE FROM key_secrets WHERE key = ?1"));
      secrets.bind_blob(1, ledger_sqlite::view(id));
      PM_CHECK(secrets.run());
      return note("revoked", id, "", hand);
    }));
    return changed;
  }

  Result<std::vector<Key>> keys() override {
    // One state of all tables, whatever others change meanwhile.
    PM_CHECK(db_.database().execute("BEGIN"));
    auto keys = read_keys(db_.database());
    PM_CHECK(db_.database().execute("ROLLBACK"));
    return keys;
  }

  Result<std::optional<Key>> find(std::string_view name_or_id) override {
    PM_TRY(std::vector<Key> all, keys());
    return ledger::key_called(std::move(all), name_or_id);
  }

  Result<std::int64_t> version() override {
    if (!version_) {
      PM_TRY(version_, prepare("SELECT max(number) FROM changes"));
    }
    const auto row = version_->step();
    const std::int64_t number = row ? version_->integer(0) : 0;
    version_->reset();
    if (!row) return base::fail(row.error());
    return number;
  }

  Result<std::vector<ledger::KeyEvent>> events(const std::optional<base::Uuid>& key) override {
    PM_TRY(Statement row, prepare(std::string("SELECT number, at, who, kind, key, name, detail FROM changes") +
                                  (key ? " WHERE key = ?1" : "") + " ORDER BY number"));
    if (key) row.bind_blob(1, ledger_sqlite::view(*key));
    std::vector<ledger::KeyEvent> events;
    for (;;) {
      PM_TRY(const bool more, row.step());
      if (!more) return events;
      ledger::KeyEvent event{.number = row.integer(0), .at = base::WallTime(std::chrono::microseconds(row.integer(1)))};
      event.who = row.bytes(2);
      event.kind = row.bytes(3);
      PM_TRY(event.key, read_uuid(row, 4));
      event.name = row.bytes(5);
      event.detail = row.bytes(6);
      events.push_back(std::move(event));
    }
  }

 private:
  Result<Statement> prepare(std::string_view sql) { return db_.database().prepare(sql); }

  Result<bool> is_revoked(const base::Uuid& id) {
    PM_TRY(Statement row, prepare("SELECT revoked FROM keys WHERE id = ?1"));
    row.bind_blob(1, ledger_sqlite::view(id));
    PM_TRY(const bool there, row.step());
    if (!there) return base::fail(ledger::no_such_key(id));
    return !row.is_null(0);
  }

  // None of the secrets is valid from `until` on; what is not valid any more is removed.
  Result<void> end_secrets(const base::Uuid& id, base::WallTime until, base::WallTime now) {
    PM_TRY(Statement end,
           prepare("UPDATE key_secrets SET until = ?2 WHERE key = ?1 AND (until IS NULL OR until > ?2)"));
    end.bind_blob(1, ledger_sqlite::view(id));
    end.bind(2, micros(until));
    PM_CHECK(end.run());
    PM_TRY(Statement over, prepare("DELETE FROM key_secrets WHERE key = ?1 AND until <= ?2"));
    over.bind_blob(1, ledger_sqlite::view(id));
    over.bind(2, micros(now));
    return over.run();
  }

  Result<void> add_secret(const base::Uuid& id, const base::Sha256& digest, std::string_view tail, base::WallTime now) {
    PM_TRY(Statement secret, prepare("INSERT INTO key_secrets(digest, key, made) VALUES(?1, ?2, ?3)"));
    secret.bind_blob(1, view(digest));
    secret.bind_blob(2, ledger_sqlite::view(id));
    secret.bind(3, micros(now));
    PM_CHECK(secret.run());
    PM_TRY(Statement shown, prepare("UPDATE keys SET tail = ?2 WHERE id = ?1"));
    shown.bind_blob(1, ledger_sqlite::view(id));
    shown.bind_text(2, tail);
    return shown.run();
  }

  Result<void> note(const char* kind, const base::Uuid& id, const std::string& detail, const KeyHand& hand) {
    PM_TRY(Statement row, prepare("INSERT INTO changes(at, who, kind, key, name, detail) "
                                  "SELECT ?1, ?2, ?3, id, name, ?5 FROM keys WHERE id = ?4"));
    row.bind(1, micros(hand.at));
    row.bind_text(2, hand.who);
    row.bind_text(3, kind);
    row.bind_blob(4, ledger_sqlite::view(id));
    row.bind_text(5, detail);
    return row.run();
  }

  SharedDb db_;
  std::optional<Statement> version_;
};

}  // namespace

Result<std::unique_ptr<ledger::KeyStore>> open_key_store(const std::string& directory, OpenMode mode) {
  PM_TRY(SharedDb db, open_access_db(directory, mode));
  return std::make_unique<SqliteKeyStore>(std::move(db));
}

}  // namespace pointsman::ledger_sqlite
