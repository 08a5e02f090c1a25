// Sums of spend (ledger/spend.h) kept beside the entries, in the same transactions.
//
// Belongs to the thread of its connection. Within a batch sums are added up in memory, so that a batch costs one row
// for each owner, key, user and quarter hour in it, however many entries it has. Ids of nodes are looked up in each
// transaction anew: another process may have changed them (forget.h).
#pragma once

#include <compare>
#include <map>
#include <string_view>

#include "ledger/spend.h"
#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// Ends an INSERT into the table where there may be such a row already. Nothing in it is negative, so that what is left
// below the largest integer can be computed without overflow.
inline constexpr const char* kAddToRow =
    "ON CONFLICT(node, user, bucket) DO UPDATE SET "
    "nanos = nanos + min(excluded.nanos, 9223372036854775807 - nanos), "
    "tokens = tokens + min(excluded.tokens, 9223372036854775807 - tokens), "
    "requests = requests + excluded.requests, unknown = unknown + excluded.unknown";

// Rows of the table, by node, user (0: the whole node) and bucket. Within a transaction.
class SpendRows {
 public:
  static base::Result<SpendRows> prepare(Database& database);

  // The id of the node, made if there is none.
  base::Result<std::int64_t> node(std::string_view owner, std::string_view key);
  base::Result<void> add(std::int64_t node, std::uint64_t user, std::int64_t bucket, const ledger::Spend& more);

 private:
  Statement find_;
  Statement make_;
  Statement add_;
};

class SpendTally {
 public:
  static base::Result<SpendTally> prepare(Database& database);

  // Forgets what was noted and not stored.
  void clear() { noted_.clear(); }
  // Notes what the record of an entry adds, if anything. Decodes it but for its features, unless it is too old
  // to say.
  void note(std::string_view record);
  // Adds all that was noted to the table.
  base::Result<void> store();

 private:
  struct Place {
    std::string owner;
    std::string key;
    std::uint64_t user;
    std::int64_t bucket;
    auto operator<=>(const Place&) const = default;
  };

  explicit SpendTally(SpendRows rows) : rows_(std::move(rows)) {}

  SpendRows rows_;
  std::map<Place, ledger::Spend> noted_;
};

}  // namespace pointsman::ledger_sqlite
