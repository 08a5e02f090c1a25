#include "ledger_drivers/open.h"

#include "ledger_drivers/shared_config.h"
#include "ledger_postgres/backend.h"
#include "ledger_postgres/budget_pool.h"
#include "ledger_postgres/store.h"
#include "ledger_sqlite/backend.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/store.h"

namespace pointsman::ledger_drivers {
namespace {

std::string directory_of(const std::string& path) {
  const std::string_view file = ledger_sqlite::kDatabaseFile;
  if (path == file) return ".";
  const bool names_it = path.size() > file.size() && path.ends_with(file) && path[path.size() - file.size() - 1] == '/';
  return names_it ? path.substr(0, path.size() - file.size() - 1) : path;
}

}  // namespace

ledger_postgres::Target target_of(const config::PostgresConfig& postgres) {
  return {.url = postgres.url,
          .password = postgres.password,
          .connect_timeout = postgres.connect_timeout,
          .timeout = postgres.timeout};
}

ledger::BackendPtr backend_of(const config::LedgerConfig& ledger) {
  if (ledger.postgres) return ledger_postgres::make_backend(target_of(*ledger.postgres));
  return ledger_sqlite::make_backend(directory_of(ledger.path));
}

ledger::BackendPtr backend_at(const std::string& place) {
  if (is_database(place)) {
    return ledger_postgres::make_backend({.url = place, .password = {}});
  }
  return ledger_sqlite::make_backend(directory_of(place));
}

base::Result<std::unique_ptr<journal::Store>> open_store(const config::LedgerConfig& ledger,
                                                         journal::StoreOptions options) {
  if (ledger.postgres) return ledger_postgres::open_store(target_of(*ledger.postgres), std::move(options));
  return ledger_sqlite::open_store(std::move(options));
}

base::Result<std::unique_ptr<limits::LeasePool>> open_budget_pool(const config::PostgresConfig& postgres,
                                                                  const base::Uuid& holder) {
  PM_TRY(auto pool, ledger_postgres::BudgetPool::open(target_of(postgres), holder));
  PM_CHECK(pool->forget_old_leases());
  return std::unique_ptr<limits::LeasePool>(std::move(pool));
}

}  // namespace pointsman::ledger_drivers
