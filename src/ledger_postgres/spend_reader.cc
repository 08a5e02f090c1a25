#include "ledger_postgres/spend_reader.h"

#include <algorithm>
#include <limits>

#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::Spend;
using ledger::SpendScope;
using ledger::SpendTime;

constexpr const char* kSums =
    "least(coalesce(sum(nanos), 0), 9223372036854775807)::bigint, "
    "least(coalesce(sum(tokens), 0), 9223372036854775807)::bigint, "
    "coalesce(sum(requests), 0)::bigint, coalesce(sum(unknown), 0)::bigint";

// $1 owner, $2 key, $3 and $4 the buckets, $5 whether all of long ago counts. '0' follows '/' in ASCII, so that all
// paths below "acme" lie between "acme/" and "acme0". One statement sees one state: sums and the horizon.
constexpr const char* kFrom =
    " FROM spend WHERE ($1 = '' OR owner = $1 OR (owner >= $1 || '/' AND owner < $1 || '0')) AND ($2 = '' OR key = $2) "
    "AND ((bucket > 0 AND bucket >= $3 AND bucket < $4) OR (bucket = 0 AND ($5 OR $3 < (SELECT bucket FROM "
    "spend_horizon)))) AND ";

Params params_of(const SpendScope& scope, const SpendTime& time) {
  Params params;
  params.text(scope.owner).text(scope.key);
  params.integer(time.since ? ledger::spend_bucket(*time.since) : ledger::kLongAgo);
  params.integer(time.until ? ledger::spend_bucket(*time.until) : std::numeric_limits<std::int64_t>::max());
  params.boolean(!time.since.has_value());
  return params;
}

Spend spend_at(const Rows& rows, std::size_t row, int column) {
  return {rows.integer(row, column), rows.integer(row, column + 1), rows.integer(row, column + 2),
          rows.integer(row, column + 3)};
}

class PostgresSpendReader final : public ledger::SpendReader {
 public:
  explicit PostgresSpendReader(Session session) : session_(std::move(session)) {}

  Result<Spend> sum(const SpendScope& scope, const SpendTime& time) override {
    Params params = params_of(scope, time);
    params.integer(static_cast<std::int64_t>(scope.user));
    PM_TRY(const Rows rows, session_.read(std::string("SELECT ") + kSums + kFrom + "user_id = $6", params));
    return spend_at(rows, 0, 0);
  }

  Result<std::vector<ledger::KeySpend>> by_key(const SpendTime& time) override {
    PM_TRY(const Rows rows, session_.read(std::string("SELECT owner, key, ") + kSums + kFrom +
                                              "user_id = 0 GROUP BY owner, key ORDER BY owner, key",
                                          params_of({}, time)));
    std::vector<ledger::KeySpend> all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      all.push_back({rows.text(i, 0), rows.text(i, 1), spend_at(rows, i, 2)});
    }
    return all;
  }

  // Ids have 64 bits and no sign: those that look negative here come last.
  Result<std::vector<ledger::UserSpend>> by_user(const SpendScope& scope, const SpendTime& time,
                                                 std::size_t limit) override {
    constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();
    Params params = params_of(scope, time);
    params.integer(static_cast<std::int64_t>(std::min(limit, kAll)));
    PM_TRY(const Rows rows,
           session_.read(std::string("SELECT user_id, ") + kSums + kFrom +
                             "user_id <> 0 GROUP BY user_id ORDER BY 2 DESC, user_id < 0, user_id LIMIT $6",
                         params));
    std::vector<ledger::UserSpend> all;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      all.push_back({static_cast<std::uint64_t>(rows.integer(i, 0)), spend_at(rows, i, 1)});
    }
    return all;
  }

 private:
  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::SpendReader>> open_spend_reader(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresSpendReader>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
