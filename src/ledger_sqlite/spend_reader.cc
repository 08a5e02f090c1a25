#include "ledger_sqlite/spend_reader.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_map>

#include "ledger_sqlite/database.h"
#include "ledger_sqlite/schema.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::Spend;
using ledger::SpendScope;
using ledger::SpendTime;

// [from, until) of the buckets.
struct Buckets {
  std::int64_t from = 0;
  std::int64_t until = 0;
};

// ?1 owner, ?2 key, ?3 and ?4 the buckets, ?5 the user. '0' follows '/' in ASCII, so that all paths below "acme" lie
// between "acme/" and "acme0". The nodes are found first, then the rows of each by the table's own key.
constexpr const char* kFrom =
    " FROM spend_nodes n CROSS JOIN spend s ON s.node = n.id "
    "WHERE (?1 = '' OR n.owner = ?1 OR (n.owner >= ?1 || '/' AND n.owner < ?1 || '0')) AND (?2 = '' OR n.key = ?2) "
    "AND s.bucket >= ?3 AND s.bucket < ?4 AND ";

Spend read_spend(const Statement& row) {
  return {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

class SqliteSpendReader final : public ledger::SpendReader {
 public:
  explicit SqliteSpendReader(Database database) : database_(std::move(database)) {}

  Result<Spend> sum(const SpendScope& scope, const SpendTime& time) override {
    Spend total;
    PM_CHECK(each_row("", "s.user = ?5", scope, time, [&](const Statement& row) { total += read_spend(row); }));
    return total;
  }

  Result<std::vector<ledger::KeySpend>> by_key(const SpendTime& time) override {
    std::vector<ledger::KeySpend> found;
    PM_CHECK(each_row(", n.owner, n.key", "s.user = ?5", {}, time, [&](const Statement& row) {
      if (found.empty() || found.back().owner != row.bytes(4) || found.back().key != row.bytes(5)) {
        found.push_back({std::string(row.bytes(4)), std::string(row.bytes(5)), {}});
      }
      found.back().spend += read_spend(row);
    }));
    // What was long ago came by itself, before the rest.
    std::ranges::sort(found, {}, [](const auto& one) { return std::tie(one.owner, one.key); });
    std::vector<ledger::KeySpend> merged;
    for (ledger::KeySpend& one : found) {
      if (merged.empty() || merged.back().owner != one.owner || merged.back().key != one.key) {
        merged.push_back(std::move(one));
      } else {
        merged.back().spend += one.spend;
      }
    }
    return merged;
  }

  Result<std::vector<ledger::UserSpend>> by_user(const SpendScope& scope, const SpendTime& time,
                                                 std::size_t limit) override {
    std::unordered_map<std::uint64_t, Spend> sums;
    // ?5 is not 0 there, and 0 is nobody: all users.
    SpendScope all = scope;
    all.user = 0;
    PM_CHECK(each_row(", s.user", "s.user <> ?5", all, time, [&](const Statement& row) {
      sums[static_cast<std::uint64_t>(row.integer(4))] += read_spend(row);
    }));
    std::vector<ledger::UserSpend> users;
    for (const auto& [user, spend] : sums) users.push_back({user, spend});
    const auto dearer = [](const ledger::UserSpend& a, const ledger::UserSpend& b) {
      return a.spend.nanos != b.spend.nanos ? a.spend.nanos > b.spend.nanos : a.user < b.user;
    };
    const auto end = users.begin() + static_cast<std::ptrdiff_t>(std::min(limit, users.size()));
    std::ranges::partial_sort(users, end, dearer);
    users.erase(end, users.end());
    return users;
  }

 private:
  using Each = std::function<void(const Statement&)>;

  // All rows of one state of the ledger, whatever its writer does meanwhile. The first columns are those of Spend.
  Result<void> each_row(const char* more_columns, const char* users, const SpendScope& scope, const SpendTime& time,
                        const Each& each) {
    PM_CHECK(database_.execute("BEGIN"));
    auto done = read_rows(std::string("SELECT s.nanos, s.tokens, s.requests, s.unknown") + more_columns + kFrom + users,
                          scope, time, each);
    PM_CHECK(database_.execute("ROLLBACK"));
    return done;
  }

  Result<void> read_rows(const std::string& sql, const SpendScope& scope, const SpendTime& time, const Each& each) {
    PM_TRY(const std::int64_t kept, database_.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'spend'"));
    if (kept == 0) return {};
    PM_TRY(const std::vector<Buckets> parts, parts_of(time));
    PM_TRY(Statement row, database_.prepare(sql));
    for (const Buckets& part : parts) {
      row.bind_text(1, scope.owner);
      row.bind_text(2, scope.key);
      row.bind(3, part.from);
      row.bind(4, part.until);
      row.bind(5, static_cast<std::int64_t>(scope.user));
      for (;;) {
        PM_TRY(const bool more, row.step());
        if (!more) break;
        each(row);
      }
      row.reset();
    }
    return {};
  }

  Result<std::vector<Buckets>> parts_of(const SpendTime& time) {
    PM_TRY(const std::int64_t horizon, database_.query_integer("SELECT bucket FROM spend_horizon"));
    const std::int64_t from = time.since ? ledger::spend_bucket(*time.since) : ledger::kLongAgo;
    const std::int64_t until =
        time.until ? ledger::spend_bucket(*time.until) : std::numeric_limits<std::int64_t>::max();
    std::vector<Buckets> parts;
    if (!time.since || from < horizon) parts.push_back({ledger::kLongAgo, ledger::kLongAgo + 1});
    parts.push_back({std::max(from, ledger::kLongAgo + 1), until});
    return parts;
  }

  Database database_;
};

}  // namespace

Result<std::unique_ptr<ledger::SpendReader>> open_spend_reader(const std::string& directory) {
  const std::string path = directory + "/" + kDatabaseFile;
  if (::access(path.c_str(), F_OK) != 0) {
    return base::fail(base::ErrorCode::kNotFound, "there is no ledger at " + path);
  }
  PM_TRY(Database database, Database::open(path, OpenMode::kReadOnly));
  return std::make_unique<SqliteSpendReader>(std::move(database));
}

}  // namespace pointsman::ledger_sqlite
