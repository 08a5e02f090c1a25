#include "ledger_postgres/spend_upkeep.h"

#include <string>

#include "ledger/spend.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

// Ends a statement that begins with `WITH moved AS (DELETE FROM spend ... RETURNING *) `: adds up what was moved, by
// the four columns that `place` gives it, to the rows of its new place.
std::string add_moved(const std::string& place) {
  return "INSERT INTO spend(owner, key, user_id, bucket, nanos, tokens, requests, unknown) SELECT " + place +
         ", least(sum(nanos), 9223372036854775807)::bigint, least(sum(tokens), 9223372036854775807)::bigint, "
         "sum(requests)::bigint, sum(unknown)::bigint FROM moved GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 "
         "ON CONFLICT (owner, key, user_id, bucket) DO UPDATE SET "
         "nanos = spend.nanos + least(excluded.nanos, 9223372036854775807 - spend.nanos), "
         "tokens = spend.tokens + least(excluded.tokens, 9223372036854775807 - spend.tokens), "
         "requests = spend.requests + excluded.requests, unknown = spend.unknown + excluded.unknown";
}

}  // namespace

Result<bool> compact_spend_step(Connection& connection, base::WallTime now) {
  const std::int64_t horizon = ledger::spend_bucket(now - ledger::kSpendDetail);
  PM_TRY(const Rows due, connection.run("SELECT EXISTS(SELECT FROM spend WHERE bucket > 0 AND bucket < $1)",
                                        Params().integer(horizon)));
  if (!due.boolean(0, 0)) return false;
  PM_CHECK(connection.run("UPDATE spend_horizon SET bucket = $1 WHERE bucket < $1", Params().integer(horizon)));
  PM_CHECK(
      connection.run("WITH moved AS (DELETE FROM spend WHERE (owner, key, user_id, bucket) IN (SELECT owner, key, "
                     "user_id, bucket FROM spend WHERE bucket > 0 AND bucket < $1 ORDER BY bucket LIMIT $2) "
                     "RETURNING *) " +
                         add_moved("owner, key, user_id, 0::bigint"),
                     Params().integer(horizon).integer(kCompactionRows)));
  PM_TRY(const Rows left, connection.run("SELECT EXISTS(SELECT FROM spend WHERE bucket > 0 AND bucket < $1)",
                                         Params().integer(horizon)));
  return left.boolean(0, 0);
}

Result<void> forget_spend(Connection& connection, std::uint64_t user, std::string_view key) {
  if (user != 0) {
    PM_CHECK(connection.run("DELETE FROM spend WHERE user_id = $1", Params().integer(static_cast<std::int64_t>(user))));
  }
  if (key.empty()) return {};
  PM_CHECK(connection.run("DELETE FROM spend WHERE key = $1 AND user_id <> 0", Params().text(key)));
  PM_CHECK(connection.run(
      "WITH moved AS (DELETE FROM spend WHERE key = $1 RETURNING *) " + add_moved("owner, '', 0::bigint, bucket"),
      Params().text(key)));
  return {};
}

}  // namespace pointsman::ledger_postgres
