#include "ledger_postgres/key_rows.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::Key;

enum Grant : std::int64_t { kModel = 0, kCategory = 1 };

std::unexpected<base::Error> damaged(const Key& key, const char* what) {
  return base::fail(base::ErrorCode::kCorrupt, "the key " + key.name + ": its " + what + " is damaged");
}

Result<std::vector<Key>> keys_of(const Rows& rows) {
  std::vector<Key> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Key key;
    PM_TRY(key.id, rows.uuid(i, 0));
    key.name = rows.text(i, 1);
    key.owner = rows.text(i, 2);
    key.created = rows.time(i, 3);
    key.expires = rows.optional_time(i, 4);
    key.revoked = rows.optional_time(i, 5);
    key.tail = rows.text(i, 6);
    key.rates = {rows.optional_integer(i, 7), rows.optional_integer(i, 8), rows.optional_integer(i, 9)};
    keys.push_back(std::move(key));
  }
  return keys;
}

// Calls `each(key, rows, row)` for rows whose first column is the id of a key; rows of no key are passed over.
template <class Each>
Result<void> add_parts(const Rows& rows, std::vector<Key>& keys, const Each& each) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    PM_TRY(const base::Uuid id, rows.uuid(i, 0));
    const auto at = std::ranges::lower_bound(keys, id, {}, &Key::id);
    if (at != keys.end() && at->id == id) PM_CHECK(each(*at, rows, i));
  }
  return {};
}

Result<void> add_secret(Key& key, const Rows& rows, std::size_t row) {
  ledger::KeySecret secret;
  const std::string_view digest = rows.bytes(row, 1);
  if (digest.size() != secret.digest.size()) return damaged(key, "secret's digest");
  std::memcpy(secret.digest.data(), digest.data(), digest.size());
  secret.until = rows.optional_time(row, 2);
  key.secrets.push_back(secret);
  return {};
}

Result<void> add_grant(Key& key, const Rows& rows, std::size_t row) {
  const std::int64_t kind = rows.integer(row, 1);
  if (kind != kModel && kind != kCategory) return damaged(key, "list of what it may ask");
  (kind == kModel ? key.models : key.categories).emplace_back(rows.bytes(row, 2));
  return {};
}

Result<void> add_budget(Key& key, const Rows& rows, std::size_t row) {
  const std::int64_t period = rows.integer(row, 1);
  if (period < 0 || period > static_cast<std::int64_t>(ledger::KeyPeriod::kTotal)) return damaged(key, "budget");
  ledger::KeyBudget budget{.period = static_cast<ledger::KeyPeriod>(period)};
  if (const auto nanos = rows.optional_integer(row, 2)) budget.money = base::Money{*nanos};
  budget.tokens = rows.optional_integer(row, 3);
  key.budgets.push_back(budget);
  return {};
}

void add_grants(std::vector<Query>& batch, const Key& key, Grant kind, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    Params params;
    params.uuid(key.id).integer(kind).integer(static_cast<std::int64_t>(i)).text(names[i]);
    batch.push_back({"INSERT INTO key_grants(key, kind, position, name) VALUES($1, $2, $3, $4)", std::move(params)});
  }
}

void add_terms(std::vector<Query>& batch, const Key& key) {
  add_grants(batch, key, kModel, key.models);
  add_grants(batch, key, kCategory, key.categories);
  for (const ledger::KeyBudget& one : key.budgets) {
    Params params;
    params.uuid(key.id).integer(static_cast<std::int64_t>(one.period));
    params.integer(one.money ? std::optional(one.money->nanos) : std::nullopt).integer(one.tokens);
    batch.push_back({"INSERT INTO key_budgets(key, period, nanos, tokens) VALUES($1, $2, $3, $4)", std::move(params)});
  }
}

}  // namespace

Result<std::vector<Key>> read_keys(Connection& connection) {
  const std::array<Query, 4> all{{
      {"SELECT id, name, owner, created, expires, revoked, tail, requests_per_minute, tokens_per_minute, concurrent "
       "FROM keys ORDER BY id"},
      {"SELECT key, digest, until FROM key_secrets ORDER BY key, made DESC, until IS NOT NULL, until DESC"},
      {"SELECT key, kind, name FROM key_grants ORDER BY key, kind, position"},
      {"SELECT key, period, nanos, tokens FROM key_budgets ORDER BY key, period"},
  }};
  PM_TRY(const std::vector<Rows> rows, connection.run_all(all));
  PM_TRY(std::vector<Key> keys, keys_of(rows[0]));
  PM_CHECK(add_parts(rows[1], keys, add_secret));
  PM_CHECK(add_parts(rows[2], keys, add_grant));
  PM_CHECK(add_parts(rows[3], keys, add_budget));
  return keys;
}

Result<void> insert_key(Connection& connection, const Key& key) {
  std::vector<Query> batch;
  Params row;
  row.uuid(key.id).text(key.name).text(key.owner).time(key.created).time(key.expires).time(key.revoked).text(key.tail);
  row.integer(key.rates.requests_per_minute).integer(key.rates.tokens_per_minute).integer(key.rates.concurrent);
  batch.push_back(
      {"INSERT INTO keys(id, name, owner, created, expires, revoked, tail, requests_per_minute, "
       "tokens_per_minute, concurrent) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
       std::move(row)});
  for (const ledger::KeySecret& secret : key.secrets) {
    Params params;
    params.bytes({reinterpret_cast<const char*>(secret.digest.data()), secret.digest.size()});
    params.uuid(key.id).time(key.created).time(secret.until);
    batch.push_back({"INSERT INTO key_secrets(digest, key, made, until) VALUES($1, $2, $3, $4)", std::move(params)});
  }
  add_terms(batch, key);
  PM_CHECK(connection.run_all(batch));
  return {};
}

Result<void> replace_terms(Connection& connection, const Key& key) {
  std::vector<Query> batch;
  Params row;
  row.uuid(key.id).time(key.expires).integer(key.rates.requests_per_minute).integer(key.rates.tokens_per_minute);
  row.integer(key.rates.concurrent);
  batch.push_back(
      {"UPDATE keys SET expires = $2, requests_per_minute = $3, tokens_per_minute = $4, concurrent = $5 "
       "WHERE id = $1",
       std::move(row)});
  batch.push_back({"DELETE FROM key_grants WHERE key = $1", Params().uuid(key.id)});
  batch.push_back({"DELETE FROM key_budgets WHERE key = $1", Params().uuid(key.id)});
  add_terms(batch, key);
  PM_CHECK(connection.run_all(batch));
  return {};
}

}  // namespace pointsman::ledger_postgres
