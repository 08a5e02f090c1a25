#include "ledger_sqlite/access_db.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/uuid_bytes.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::Key;

// kMigrations[i] leads from version i to i + 1; never edit one that was released, append another.
//
// Ids are UUIDv7, so their order is the order in which keys were made. Times are microseconds since the epoch, money
// is in nano-dollars. Every change adds a row to `changes`, whose number is the version of the whole.
constexpr std::array<const char*, 1> kMigrations = {
    R"(CREATE TABLE keys(
         id BLOB PRIMARY KEY,
         name TEXT NOT NULL,
         owner TEXT NOT NULL,
         created INTEGER NOT NULL,
         expires INTEGER,
         revoked INTEGER,
         tail TEXT NOT NULL,
         requests_per_minute INTEGER,
         tokens_per_minute INTEGER,
         concurrent INTEGER
       ) WITHOUT ROWID;
       CREATE UNIQUE INDEX keys_live_name ON keys(name) WHERE revoked IS NULL;
       CREATE TABLE key_secrets(
         digest BLOB PRIMARY KEY,
         key BLOB NOT NULL,
         made INTEGER NOT NULL,
         until INTEGER
       ) WITHOUT ROWID;
       CREATE TABLE key_grants(
         key BLOB NOT NULL,
         kind INTEGER NOT NULL,
         position INTEGER NOT NULL,
         name TEXT NOT NULL,
         PRIMARY KEY(key, kind, position)
       ) WITHOUT ROWID;
       CREATE TABLE key_budgets(
         key BLOB NOT NULL,
         period INTEGER NOT NULL,
         nanos INTEGER,
         tokens INTEGER,
         PRIMARY KEY(key, period)
       ) WITHOUT ROWID;
       CREATE TABLE changes(
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         at INTEGER NOT NULL,
         who TEXT NOT NULL,
         kind TEXT NOT NULL,
         key BLOB NOT NULL,
         name TEXT NOT NULL,
         detail TEXT NOT NULL
       );
       CREATE INDEX changes_key ON changes(key);)",
};

constexpr SharedFile kFile{kAccessFile, kMigrations};

enum Grant : std::int64_t { kModel = 0, kCategory = 1 };

std::int64_t micros(base::WallTime time) {
  return time.time_since_epoch().count();
}

std::optional<std::int64_t> micros(const std::optional<base::WallTime>& time) {
  if (!time) return std::nullopt;
  return micros(*time);
}

std::optional<std::int64_t> optional_integer(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

std::optional<base::WallTime> optional_time(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return base::WallTime(std::chrono::microseconds(row.integer(column)));
}

std::unexpected<base::Error> damaged(const Key& key, const char* what) {
  return base::fail(base::ErrorCode::kCorrupt, "the key " + key.name + ": its " + what + " is damaged");
}

Result<std::vector<Key>> read_rows(Database& database) {
  PM_TRY(Statement row, database.prepare("SELECT id, name, owner, created, expires, revoked, tail, "
                                         "requests_per_minute, tokens_per_minute, concurrent FROM keys ORDER BY id"));
  std::vector<Key> keys;
  for (;;) {
    PM_TRY(const bool more, row.step());
    if (!more) return keys;
    Key key;
    PM_TRY(key.id, read_uuid(row, 0));
    key.name = row.bytes(1);
    key.owner = row.bytes(2);
    key.created = base::WallTime(std::chrono::microseconds(row.integer(3)));
    key.expires = optional_time(row, 4);
    key.revoked = optional_time(row, 5);
    key.tail = row.bytes(6);
    key.rates = {optional_integer(row, 7), optional_integer(row, 8), optional_integer(row, 9)};
    keys.push_back(std::move(key));
  }
}

// Calls `each(key, row)` for the rows of `sql`, whose first column is the id of a key; rows of no key are passed over.
template <class Each>
Result<void> read_parts(Database& database, const char* sql, std::vector<Key>& keys, const Each& each) {
  PM_TRY(Statement row, database.prepare(sql));
  for (;;) {
    PM_TRY(const bool more, row.step());
    if (!more) return {};
    PM_TRY(const base::Uuid id, read_uuid(row, 0));
    const auto at = std::ranges::lower_bound(keys, id, {}, &Key::id);
    if (at != keys.end() && at->id == id) PM_CHECK(each(*at, row));
  }
}

Result<void> add_secret(Key& key, const Statement& row) {
  ledger::KeySecret secret;
  const std::string_view digest = row.bytes(1);
  if (digest.size() != secret.digest.size()) return damaged(key, "secret's digest");
  std::memcpy(secret.digest.data(), digest.data(), digest.size());
  secret.until = optional_time(row, 2);
  key.secrets.push_back(secret);
  return {};
}

Result<void> add_grant(Key& key, const Statement& row) {
  const std::int64_t kind = row.integer(1);
  if (kind != kModel && kind != kCategory) return damaged(key, "list of what it may ask");
  (kind == kModel ? key.models : key.categories).emplace_back(row.bytes(2));
  return {};
}

Result<void> add_budget(Key& key, const Statement& row) {
  const std::int64_t period = row.integer(1);
  if (period < 0 || period > static_cast<std::int64_t>(ledger::KeyPeriod::kTotal)) return damaged(key, "budget");
  ledger::KeyBudget budget{.period = static_cast<ledger::KeyPeriod>(period)};
  if (const auto nanos = optional_integer(row, 2)) budget.money = base::Money{*nanos};
  budget.tokens = optional_integer(row, 3);
  key.budgets.push_back(budget);
  return {};
}

Result<void> insert_row(Database& database, const Key& key) {
  PM_TRY(Statement row, database.prepare("INSERT INTO keys(id, name, owner, created, expires, revoked, tail, "
                                         "requests_per_minute, tokens_per_minute, concurrent) "
                                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  row.bind_blob(1, view(key.id));
  row.bind_text(2, key.name);
  row.bind_text(3, key.owner);
  row.bind(4, micros(key.created));
  row.bind(5, micros(key.expires));
  row.bind(6, micros(key.revoked));
  row.bind_text(7, key.tail);
  row.bind(8, key.rates.requests_per_minute);
  row.bind(9, key.rates.tokens_per_minute);
  row.bind(10, key.rates.concurrent);
  return row.run();
}

Result<void> insert_secrets(Database& database, const Key& key) {
  PM_TRY(Statement row, database.prepare("INSERT INTO key_secrets(digest, key, made, until) VALUES(?1, ?2, ?3, ?4)"));
  for (const ledger::KeySecret& secret : key.secrets) {
    row.bind_blob(1, {reinterpret_cast<const char*>(secret.digest.data()), secret.digest.size()});
    row.bind_blob(2, view(key.id));
    row.bind(3, micros(key.created));
    row.bind(4, micros(secret.until));
    PM_CHECK(row.run());
  }
  return {};
}

Result<void> insert_grants(Database& database, const Key& key, Grant kind, const std::vector<std::string>& names) {
  PM_TRY(Statement row, database.prepare("INSERT INTO key_grants(key, kind, position, name) VALUES(?1, ?2, ?3, ?4)"));
  for (std::size_t i = 0; i < names.size(); ++i) {
    row.bind_blob(1, view(key.id));
    row.bind(2, kind);
    row.bind(3, static_cast<std::int64_t>(i));
    row.bind_text(4, names[i]);
    PM_CHECK(row.run());
  }
  return {};
}

Result<void> insert_budgets(Database& database, const Key& key) {
  PM_TRY(Statement row, database.prepare("INSERT INTO key_budgets(key, period, nanos, tokens) VALUES(?1, ?2, ?3, ?4)"));
  for (const ledger::KeyBudget& one : key.budgets) {
    row.bind_blob(1, view(key.id));
    row.bind(2, static_cast<std::int64_t>(one.period));
    row.bind(3, one.money ? std::optional(one.money->nanos) : std::nullopt);
    row.bind(4, one.tokens);
    PM_CHECK(row.run());
  }
  return {};
}

}  // namespace

Result<SharedDb> open_access_db(const std::string& directory, OpenMode mode) {
  return SharedDb::open(kFile, directory, mode);
}

Result<std::vector<Key>> read_keys(Database& database) {
  PM_TRY(std::vector<Key> keys, read_rows(database));
  PM_CHECK(read_parts(
      database, "SELECT key, digest, until FROM key_secrets ORDER BY key, made DESC, until IS NOT NULL, until DESC",
      keys, add_secret));
  PM_CHECK(
      read_parts(database, "SELECT key, kind, name FROM key_grants ORDER BY key, kind, position", keys, add_grant));
  PM_CHECK(read_parts(database, "SELECT key, period, nanos, tokens FROM key_budgets ORDER BY key, period", keys,
                      add_budget));
  return keys;
}

Result<void> insert_key(Database& database, const Key& key) {
  PM_CHECK(insert_row(database, key));
  PM_CHECK(insert_secrets(database, key));
  PM_CHECK(insert_grants(database, key, kModel, key.models));
  PM_CHECK(insert_grants(database, key, kCategory, key.categories));
  return insert_budgets(database, key);
}

Result<void> replace_terms(Database& database, const Key& key) {
  PM_TRY(Statement row, database.prepare("UPDATE keys SET expires = ?2, requests_per_minute = ?3, "
                                         "tokens_per_minute = ?4, concurrent = ?5 WHERE id = ?1"));
  row.bind_blob(1, view(key.id));
  row.bind(2, micros(key.expires));
  row.bind(3, key.rates.requests_per_minute);
  row.bind(4, key.rates.tokens_per_minute);
  row.bind(5, key.rates.concurrent);
  PM_CHECK(row.run());
  for (const char* sql : {"DELETE FROM key_grants WHERE key = ?1", "DELETE FROM key_budgets WHERE key = ?1"}) {
    PM_TRY(Statement old, database.prepare(sql));
    old.bind_blob(1, view(key.id));
    PM_CHECK(old.run());
  }
  PM_CHECK(insert_grants(database, key, kModel, key.models));
  PM_CHECK(insert_grants(database, key, kCategory, key.categories));
  return insert_budgets(database, key);
}

}  // namespace pointsman::ledger_sqlite
