#include "app/shared_budgets.h"

#include <algorithm>

#include "ledger_drivers/open.h"

namespace pointsman::app {

using base::Result;

namespace {

// A request waits no longer for others to give back what they do not use.
constexpr config::Milliseconds kMostPatience{3'000};

}  // namespace

limits::LeaseTerms lease_terms(config::Milliseconds lease) {
  limits::LeaseTerms terms;
  terms.time = lease;
  terms.report_every = std::min<base::Duration>(terms.report_every, lease / 4);
  terms.look_every = std::min<base::Duration>(terms.look_every, lease / 2);
  return terms;
}

void keep_leases(gateway::LeaseKeeper& keeper, gateway::QuotaDesk& desk, const config::LedgerConfig& ledger,
                 ledger::BackendPtr backend, const KeyBirths& births, const base::Uuid& holder,
                 telemetry::Registry& registry) {
  if (!ledger.postgres) return;
  registry.callback("pointsman_budget_leases", {}, [&desk] { return static_cast<double>(desk.leases()); });
  const auto open = [postgres = *ledger.postgres, backend = std::move(backend), &births,
                     holder]() -> Result<gateway::LeaseBooks> {
    gateway::LeaseBooks books;
    PM_TRY(books.pool, ledger_drivers::open_budget_pool(postgres, holder));
    PM_TRY(auto spend, backend->spend());
    books.history = std::make_unique<LedgerHistory>(std::move(spend), births);
    return books;
  };
  keeper.start(open, lease_terms(ledger.postgres->lease), std::min(ledger.postgres->timeout, kMostPatience),
               registry.add_shard());
}

}  // namespace pointsman::app
