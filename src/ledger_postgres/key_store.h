// Virtual keys in PostgreSQL, of all replicas.
// One object, one thread at a time; any number of processes. Changes come one after another; version() is one round
// trip.
#pragma once

#include <memory>

#include "ledger/key_store.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

base::Result<std::unique_ptr<ledger::KeyStore>> open_key_store(Target target);

}  // namespace pointsman::ledger_postgres
