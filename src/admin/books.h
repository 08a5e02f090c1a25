// What the threads of the operators' API read and write: the ledger, feedback, keys, classifiers, sums and the audit
// record of one directory.
//
// One for each of the desk's threads, used by it alone. Each store is opened when it is first asked for, and again
// after forget(). Pointers hold until then.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ledger/audit_store.h"
#include "ledger/classifier_registry.h"
#include "ledger/feedback_index.h"
#include "ledger/feedback_store.h"
#include "ledger/key_store.h"
#include "ledger/spend.h"
#include "ledger/store.h"
#include "ledger_sqlite/ledger_gauge.h"

namespace pointsman::admin {

class Books {
 public:
  // The ledger's directory.
  explicit Books(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }
  base::Result<ledger::Reader*> ledger();
  base::Result<ledger::FeedbackStore*> feedback();
  base::Result<ledger::FeedbackIndex*> said();
  base::Result<ledger::KeyStore*> keys();
  base::Result<ledger::ClassifierRegistry*> registry();
  base::Result<ledger::SpendReader*> spend();
  base::Result<ledger::AuditStore*> audit();
  base::Result<ledger_sqlite::LedgerGauge*> gauge();
  // Closes everything, in case opening it anew helps.
  void forget();

 private:
  std::string directory_;
  std::unique_ptr<ledger::Reader> ledger_;
  std::unique_ptr<ledger::FeedbackStore> feedback_;
  std::unique_ptr<ledger::FeedbackIndex> said_;
  std::unique_ptr<ledger::KeyStore> keys_;
  std::unique_ptr<ledger::ClassifierRegistry> registry_;
  std::unique_ptr<ledger::SpendReader> spend_;
  std::unique_ptr<ledger::AuditStore> audit_;
  std::unique_ptr<ledger_sqlite::LedgerGauge> gauge_;
};

}  // namespace pointsman::admin
