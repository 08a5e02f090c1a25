// What the threads of the operators' API read and write: the ledger, feedback, keys, classifiers, sums and the audit
// record.
//
// One for each of the desk's threads, used by it alone. Each store is opened when it is first asked for, and again
// after forget(). Pointers hold until then.
#pragma once

#include <memory>

#include "base/result.h"
#include "ledger/backend.h"

namespace pointsman::admin {

class Books {
 public:
  explicit Books(ledger::BackendPtr backend) : backend_(std::move(backend)) {}

  const ledger::Backend& backend() const { return *backend_; }
  base::Result<ledger::Reader*> ledger();
  base::Result<ledger::FeedbackStore*> feedback();
  base::Result<ledger::FeedbackIndex*> said();
  base::Result<ledger::KeyStore*> keys();
  base::Result<ledger::ClassifierRegistry*> registry();
  base::Result<ledger::SpendReader*> spend();
  base::Result<ledger::AuditStore*> audit();
  base::Result<ledger::LedgerGauge*> gauge();
  // Closes everything, in case opening it anew helps.
  void forget();

 private:
  ledger::BackendPtr backend_;
  std::unique_ptr<ledger::Reader> ledger_;
  std::unique_ptr<ledger::FeedbackStore> feedback_;
  std::unique_ptr<ledger::FeedbackIndex> said_;
  std::unique_ptr<ledger::KeyStore> keys_;
  std::unique_ptr<ledger::ClassifierRegistry> registry_;
  std::unique_ptr<ledger::SpendReader> spend_;
  std::unique_ptr<ledger::AuditStore> audit_;
  std::unique_ptr<ledger::LedgerGauge> gauge_;
};

}  // namespace pointsman::admin
