// Classifiers in PostgreSQL: a row for each version, its artefact beside it in parts, so that every replica has them.
//
// One object, one thread at a time; any number of processes. A version and its artefact are added in one transaction.
#pragma once

#include <memory>

#include "ledger/classifier_registry.h"
#include "ledger_postgres/connection.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

// The bytes of a version that the registry lists, within the caller's transaction; what is there stays.
base::Result<void> put_artefact(Connection& connection, std::string_view version, std::string_view artefact);

base::Result<std::unique_ptr<ledger::ClassifierRegistry>> open_classifier_registry(Target target);

}  // namespace pointsman::ledger_postgres
