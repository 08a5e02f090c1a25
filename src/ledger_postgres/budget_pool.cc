#include "ledger_postgres/budget_pool.h"

#include <fmt/format.h>

#include <array>

#include "limits/quota_definition.h"

namespace pointsman::ledger_postgres {

using base::Result;
using limits::LeaseAccount;
using limits::LeaseAnswer;
using limits::LeaseAsk;

namespace {

constexpr std::chrono::days kKeptAfterItsEnd{3};
constexpr std::chrono::microseconds kKeptUnheard = std::chrono::days(1);

// "month money acme/search@key": the node last, since it may hold anything.
std::string name_of(const LeaseAccount& account) {
  std::string name(to_string(account.period));
  name.append(" ").append(to_string(account.limit)).append(" ");
  if (account.born != 0) name.append(std::to_string(account.born)).append(" ");
  return name.append(account.node);
}

}  // namespace

Result<std::unique_ptr<BudgetPool>> BudgetPool::open(Target target, const base::Uuid& holder) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::unique_ptr<BudgetPool>(new BudgetPool(std::move(session), holder));
}

Result<std::vector<LeaseAnswer>> BudgetPool::renew(std::span<const LeaseAsk> asks, base::Duration lifetime) {
  std::vector<LeaseAnswer> answers(asks.size());
  if (asks.empty()) return answers;
  Array names(Type::kText);
  std::array<Array, 7> numbers{Array(Type::kInt8), Array(Type::kInt8), Array(Type::kInt8), Array(Type::kInt8),
                               Array(Type::kInt8), Array(Type::kInt8), Array(Type::kInt8)};
  for (const LeaseAsk& ask : asks) {
    names.text(name_of(ask.account));
    numbers[0].integer(ask.account.span.begin.time_since_epoch().count());
    numbers[1].integer(static_cast<std::int64_t>(ask.join));
    numbers[2].integer(ask.maximum);
    numbers[3].integer(ask.spent);
    numbers[4].integer(ask.told);
    numbers[5].integer(ask.reserved);
    numbers[6].integer(ask.want);
  }
  Params params;
  params.uuid(holder_).integer(std::chrono::duration_cast<std::chrono::microseconds>(lifetime).count());
  params.time(server_time_).array(names);
  for (const Array& one : numbers) params.array(one);
  PM_TRY(const Rows rows, session_.write("SELECT place, given, used_before, used, others, others_reserved, holders "
                                         "FROM lease_budgets($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                                         params));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t place = rows.integer(i, 0);
    if (place < 1 || static_cast<std::size_t>(place) > answers.size()) continue;
    answers[static_cast<std::size_t>(place) - 1] = {.known = true,
                                                    .given = rows.integer(i, 1),
                                                    .used_before = rows.integer(i, 2),
                                                    .used = rows.integer(i, 3),
                                                    .others = rows.integer(i, 4),
                                                    .others_reserved = rows.integer(i, 5),
                                                    .holders = rows.integer(i, 6)};
  }
  return answers;
}

Result<void> BudgetPool::define(const LeaseAsk& ask, std::int64_t spent) {
  PM_CHECK(
      session_.write("INSERT INTO budgets(name, period, ends, most, used) VALUES($1, $2, $3, $4, $5) "
                     "ON CONFLICT (name, period) DO NOTHING",
                     Params()
                         .text(name_of(ask.account))
                         .integer(ask.account.span.begin.time_since_epoch().count())
                         .integer(ask.account.span.end.time_since_epoch().count())
                         .integer(ask.maximum)
                         .integer(spent)));
  if (ask.account.span.end == base::WallTime::max()) return {};
  // A period that begins is the time to forget one that ended long ago.
  const base::WallTime old = ask.account.span.begin - kKeptAfterItsEnd;
  PM_CHECK(
      session_.write("DELETE FROM budgets WHERE (name, period) IN (SELECT name, period FROM budgets "
                     "WHERE ends < $1 ORDER BY name, period LIMIT 100 FOR UPDATE SKIP LOCKED)",
                     Params().time(old)));
  return {};
}

Result<void> BudgetPool::raise(const LeaseAsk& ask, std::int64_t spent) {
  PM_CHECK(
      session_.write("UPDATE budgets b SET used = greatest(used, $3 - (SELECT coalesce(sum(amount), 0)::bigint FROM "
                     "budget_leases l WHERE l.name = b.name AND l.period = b.period AND l.holder <> $4)) "
                     "WHERE name = $1 AND period = $2",
                     Params()
                         .text(name_of(ask.account))
                         .integer(ask.account.span.begin.time_since_epoch().count())
                         .integer(spent)
                         .uuid(holder_)));
  return {};
}

Result<void> BudgetPool::forget_old_leases() {
  Params params;
  params.time(server_time_).integer(kKeptUnheard.count());
  PM_CHECK(session_.write(
      "DELETE FROM budget_leases WHERE (name, period, holder) IN (SELECT name, period, holder FROM budget_leases "
      "WHERE (ended OR amount = 0) AND "
      "until < coalesce($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) - $2 "
      "ORDER BY name, period, holder LIMIT 10000 FOR UPDATE SKIP LOCKED)",
      params));
  return {};
}

Result<BudgetState> BudgetPool::state(const LeaseAccount& account) {
  PM_TRY(const Rows row,
         session_.read("SELECT most, used, (SELECT coalesce(sum(amount), 0)::bigint FROM budget_leases l "
                       "WHERE l.name = b.name AND l.period = b.period) "
                       "FROM budgets b WHERE name = $1 AND period = $2",
                       Params().text(name_of(account)).integer(account.span.begin.time_since_epoch().count())));
  if (row.empty()) return base::fail(base::ErrorCode::kNotFound, "there is no budget " + name_of(account));
  return BudgetState{row.integer(0, 0), row.integer(0, 1), row.integer(0, 2)};
}

Result<std::uint64_t> forget_budgets(Connection& connection, std::uint64_t user, std::string_view key) {
  // A name ends with its node, "acme/search@key#0123456789abcdef" for an end user; the mark stands nowhere else.
  Params params;
  params.text(user == 0 ? "" : fmt::format("{}{:016x}", limits::kEndUserMark, user));
  params.text(key.empty() ? "" : fmt::format("@{}", key)).text(std::string(1, limits::kEndUserMark));
  PM_TRY(
      const Rows gone,
      connection.run("WITH theirs AS (SELECT name, period FROM budgets WHERE strpos(name, $3) > 0 AND "
                     "(($1 <> '' AND right(name, length($1)) = $1) OR "
                     "($2 <> '' AND right(split_part(name, $3, 1), length($2)) = $2)) "
                     "ORDER BY name, period FOR UPDATE) "
                     "DELETE FROM budgets b USING theirs t WHERE b.name = t.name AND b.period = t.period RETURNING 1",
                     params));
  return gone.size();
}

}  // namespace pointsman::ledger_postgres
