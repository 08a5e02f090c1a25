// Budgets that several replicas spend from together, as rows of PostgreSQL: the pool of limits/lease.h.
//
// One row for each budget, period and unit, and one for each holder's lease of it. A batch of reports and leases is one
// statement, one round trip, one transaction. Times are the server's, so that clocks of replicas do not matter. Rows of
// periods that ended days ago are removed on the way.
// Belongs to one thread. Blocks it, never for longer than the target's times (connection.h).
#pragma once

#include <optional>
#include <string>

#include "ledger_postgres/session.h"
#include "limits/lease.h"

namespace pointsman::ledger_postgres {

struct BudgetState {
  std::int64_t limit = 0;
  std::int64_t used = 0;    // reported, or given up for used
  std::int64_t leased = 0;  // by all replicas
};

class BudgetPool final : public limits::LeasePool {
 public:
  // `holder` is this replica's own, made anew at each start.
  static base::Result<std::unique_ptr<BudgetPool>> open(Target target, const base::Uuid& holder);

  base::Result<std::vector<limits::LeaseAnswer>> renew(std::span<const limits::LeaseAsk> asks,
                                                       base::Duration lifetime) override;
  base::Result<void> define(const limits::LeaseAsk& ask, std::int64_t spent) override;
  base::Result<void> raise(const limits::LeaseAsk& ask, std::int64_t spent) override;
  // Of holders that hold nothing and were not heard of for a day, up to some thousands of them: a replica is another
  // holder at each start, and the rows of a budget for all time would never go. One that comes back reports as before.
  base::Result<void> forget_old_leases();
  // kNotFound if there is no such budget.
  base::Result<BudgetState> state(const limits::LeaseAccount& account);
  // The server's clock stands still at that time. For tests.
  void set_server_time(base::WallTime time) { server_time_ = time; }

 private:
  BudgetPool(Session session, const base::Uuid& holder) : session_(std::move(session)), holder_(holder) {}

  Session session_;
  base::Uuid holder_;
  std::optional<base::WallTime> server_time_;
};

// Of somebody who is forgotten, within the caller's transaction: the budgets of that end user (0: of none), and those
// of the end users of that key ("": of none), with their leases. How many. Whoever holds such a lease spends what it
// holds and finds a budget that nothing was spent of.
base::Result<std::uint64_t> forget_budgets(Connection& connection, std::uint64_t user, std::string_view key);

}  // namespace pointsman::ledger_postgres
