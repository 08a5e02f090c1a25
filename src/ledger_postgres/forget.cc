#include "ledger_postgres/forget.h"

#include <set>

#include "ledger_postgres/budget_pool.h"
#include "ledger_postgres/spend_upkeep.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;

constexpr std::chrono::minutes kPatience{30};

constexpr const char* kTheirs = " WHERE ($1 <> 0 AND user_id = $1) OR ($2 <> '' AND key = $2)";

Target patient(Target target) {
  target.timeout = kPatience;
  return target;
}

}  // namespace

Result<void> overwrite_removed(const Target& target, const char* table) {
  PM_TRY(Connection connection, Connection::open(patient(target)));
  PM_CHECK(connection.run(std::string("VACUUM (FULL) ") + table));
  return {};
}

Result<std::uint64_t> forget_entries(const Target& target, const ledger::Whose& whose) {
  PM_TRY(Session session, Session::open(patient(target)));
  std::uint64_t removed = 0;
  std::set<std::string> touched;
  PM_CHECK(session.write(Lock::kUpkeep, [&](Connection& within) -> Result<void> {
    Params params;
    params.integer(static_cast<std::int64_t>(whose.user)).text(whose.key);
    PM_TRY(const Rows gone,
           within.run(std::string("DELETE FROM entries") + kTheirs + " RETURNING tableoid::regclass::text", params));
    removed = gone.size();
    for (std::size_t i = 0; i < gone.size(); ++i) touched.insert(gone.text(i, 0));
    PM_TRY(const std::uint64_t budgets, forget_budgets(within, whose.user, whose.key));
    if (budgets != 0) touched.insert({"budgets", "budget_leases"});
    return forget_spend(within, whose.user, whose.key);
  }));
  touched.insert("spend");
  for (auto table = touched.begin(); table != touched.end(); ++table) {
    if (auto done = overwrite_removed(target, table->c_str()); !done) {
      std::string left;
      for (; table != touched.end(); ++table) left += " " + *table;
      return base::fail(
          std::move(done).error().in("the rows are gone, but VACUUM (FULL) is left to be done of" + left));
    }
  }
  return removed;
}

}  // namespace pointsman::ledger_postgres
