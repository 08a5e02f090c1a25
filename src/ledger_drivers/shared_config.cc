#include "ledger_drivers/shared_config.h"

#include "ledger_postgres/change_listener.h"
#include "ledger_postgres/config_store.h"

namespace pointsman::ledger_drivers {

bool is_database(std::string_view place) {
  return place.starts_with("postgresql://") || place.starts_with("postgres://");
}

base::Result<std::unique_ptr<ledger::ConfigStore>> config_store_at(const std::string& url) {
  return ledger_postgres::open_config_store({.url = url, .password = {}});
}

base::Result<ledger::ConfigDocument> newest_config(const std::string& url) {
  PM_TRY(const auto store, config_store_at(url));
  PM_TRY(auto newest, store->newest());
  if (newest) return std::move(*newest);
  return base::fail(base::ErrorCode::kNotFound,
                    "there is no configuration in this database; `pointsman config push FILE --to URL` puts one there");
}

std::unique_ptr<ledger::ChangeFeed> listen_for_config(const std::string& url) {
  return ledger_postgres::listen_for_changes({.url = url, .password = {}}, ledger_postgres::Leading::kNo);
}

}  // namespace pointsman::ledger_drivers
