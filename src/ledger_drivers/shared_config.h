// The configuration that replicas share in a PostgreSQL database, by the database's URL (without a password: libpq
// finds it in PGPASSWORD or ~/.pgpass). Any thread; blocking, but for is_database() and what listens.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ledger/change_feed.h"
#include "ledger/config_store.h"

namespace pointsman::ledger_drivers {

// Whether `place` is such a URL, and no path.
bool is_database(std::string_view place);

base::Result<std::unique_ptr<ledger::ConfigStore>> config_store_at(const std::string& url);
// kNotFound, saying what puts one there, where there is none.
base::Result<ledger::ConfigDocument> newest_config(const std::string& url);
// Tells of new ones; never leads.
std::unique_ptr<ledger::ChangeFeed> listen_for_config(const std::string& url);

}  // namespace pointsman::ledger_drivers
