#include "ledger_sqlite/spend_upkeep.h"

#include <functional>
#include <string>
#include <vector>

#include "ledger_sqlite/rollback_guard.h"
#include "ledger_sqlite/spend_tally.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;

Result<void> in_transaction(Database& database, const std::function<Result<void>()>& body) {
  PM_CHECK(database.execute("BEGIN IMMEDIATE"));
  const RollbackGuard guard(database);
  PM_CHECK(body());
  return database.execute("COMMIT");
}

Result<bool> any_older(Database& database, std::int64_t horizon) {
  PM_TRY(Statement row, database.prepare("SELECT 1 FROM spend WHERE bucket > 0 AND bucket < ?1 LIMIT 1"));
  row.bind(1, horizon);
  return row.step();
}

struct OldRow {
  std::int64_t node;
  std::uint64_t user;
  std::int64_t bucket;
  ledger::Spend spend;
};

Result<std::vector<OldRow>> read_old(Database& database, std::int64_t horizon) {
  PM_TRY(Statement row, database.prepare("SELECT node, user, bucket, nanos, tokens, requests, unknown FROM spend "
                                         "WHERE bucket > 0 AND bucket < ?1 ORDER BY bucket LIMIT ?2"));
  row.bind(1, horizon);
  row.bind(2, kCompactionRows);
  std::vector<OldRow> rows;
  for (;;) {
    PM_TRY(const bool more, row.step());
    if (!more) return rows;
    rows.push_back({row.integer(0),
                    static_cast<std::uint64_t>(row.integer(1)),
                    row.integer(2),
                    {row.integer(3), row.integer(4), row.integer(5), row.integer(6)}});
  }
}

Result<void> sum_up(Database& database, const std::vector<OldRow>& old, std::int64_t horizon) {
  PM_TRY(Statement mark, database.prepare("UPDATE spend_horizon SET bucket = ?1 WHERE bucket < ?1"));
  mark.bind(1, horizon);
  PM_CHECK(mark.run());
  PM_TRY(SpendRows rows, SpendRows::prepare(database));
  PM_TRY(Statement remove, database.prepare("DELETE FROM spend WHERE node = ?1 AND user = ?2 AND bucket = ?3"));
  for (const OldRow& one : old) {
    PM_CHECK(rows.add(one.node, one.user, ledger::kLongAgo, one.spend));
    remove.bind(1, one.node);
    remove.bind(2, static_cast<std::int64_t>(one.user));
    remove.bind(3, one.bucket);
    PM_CHECK(remove.run());
  }
  return {};
}

Result<void> run_with(Database& database, const std::string& sql, std::int64_t value) {
  PM_TRY(Statement statement, database.prepare(sql));
  statement.bind(1, value);
  return statement.run();
}

// What was spent with the key becomes what the owner spent without one.
Result<void> give_to_owner(Database& database, std::int64_t key, std::int64_t owner) {
  PM_TRY(Statement move,
         database.prepare(std::string("INSERT INTO spend(node, user, bucket, nanos, tokens, requests, unknown) "
                                      "SELECT ?2, 0, bucket, nanos, tokens, requests, unknown FROM spend "
                                      "WHERE node = ?1 AND user = 0 ") +
                          kAddToRow));
  move.bind(1, key);
  move.bind(2, owner);
  PM_CHECK(move.run());
  PM_CHECK(run_with(database, "DELETE FROM spend WHERE node = ?1", key));
  return run_with(database, "DELETE FROM spend_nodes WHERE id = ?1", key);
}

struct KeyNode {
  std::int64_t id;
  std::string owner;
};

Result<std::vector<KeyNode>> nodes_of(Database& database, std::string_view key) {
  PM_TRY(Statement row, database.prepare("SELECT id, owner FROM spend_nodes WHERE key = ?1"));
  row.bind_text(1, key);
  std::vector<KeyNode> nodes;
  for (;;) {
    PM_TRY(const bool more, row.step());
    if (!more) return nodes;
    nodes.push_back({row.integer(0), std::string(row.bytes(1))});
  }
}

Result<void> forget_key(Database& database, std::string_view key) {
  PM_TRY(const std::vector<KeyNode> nodes, nodes_of(database, key));
  PM_TRY(SpendRows rows, SpendRows::prepare(database));
  for (const KeyNode& one : nodes) {
    PM_TRY(const std::int64_t owner, rows.node(one.owner, ""));
    PM_CHECK(give_to_owner(database, one.id, owner));
  }
  return {};
}

}  // namespace

Result<bool> compact_spend_step(Database& database, base::WallTime now) {
  const std::int64_t horizon = ledger::spend_bucket(now - ledger::kSpendDetail);
  PM_TRY(const bool due, any_older(database, horizon));
  if (!due) return false;
  PM_CHECK(in_transaction(database, [&]() -> Result<void> {
    PM_TRY(const std::vector<OldRow> old, read_old(database, horizon));
    return sum_up(database, old, horizon);
  }));
  return any_older(database, horizon);
}

Result<void> forget_spend(Database& database, std::uint64_t user, std::string_view key) {
  PM_TRY(const std::int64_t kept, database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'spend'"));
  if (kept == 0) return {};
  return in_transaction(database, [&]() -> Result<void> {
    if (user != 0) PM_CHECK(run_with(database, "DELETE FROM spend WHERE user = ?1", static_cast<std::int64_t>(user)));
    if (!key.empty()) PM_CHECK(forget_key(database, key));
    return {};
  });
}

}  // namespace pointsman::ledger_sqlite
