#include "admin/books.h"

#include "ledger_sqlite/audit_store.h"
#include "ledger_sqlite/classifier_registry.h"
#include "ledger_sqlite/feedback_index.h"
#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/spend_reader.h"

namespace pointsman::admin {
namespace {

template <class T, class Open>
base::Result<T*> opened(std::unique_ptr<T>& held, Open open) {
  if (!held) {
    PM_TRY(held, open());
  }
  return held.get();
}

}  // namespace

base::Result<ledger::Reader*> Books::ledger() {
  return opened(ledger_, [this] { return ledger_sqlite::open_reader(directory_); });
}

base::Result<ledger::FeedbackStore*> Books::feedback() {
  return opened(feedback_, [this] { return ledger_sqlite::open_feedback_store(directory_); });
}

base::Result<ledger::FeedbackIndex*> Books::said() {
  return opened(said_, [this] { return ledger_sqlite::open_feedback_index(directory_); });
}

base::Result<ledger::KeyStore*> Books::keys() {
  return opened(keys_, [this] { return ledger_sqlite::open_key_store(directory_); });
}

base::Result<ledger::ClassifierRegistry*> Books::registry() {
  return opened(registry_, [this] { return ledger_sqlite::open_classifier_registry(directory_); });
}

base::Result<ledger::SpendReader*> Books::spend() {
  return opened(spend_, [this] { return ledger_sqlite::open_spend_reader(directory_); });
}

base::Result<ledger::AuditStore*> Books::audit() {
  return opened(audit_, [this] { return ledger_sqlite::open_audit_store(directory_); });
}

base::Result<ledger_sqlite::LedgerGauge*> Books::gauge() {
  return opened(gauge_, [this] { return ledger_sqlite::LedgerGauge::open(directory_); });
}

void Books::forget() {
  ledger_ = nullptr;
  feedback_ = nullptr;
  said_ = nullptr;
  keys_ = nullptr;
  registry_ = nullptr;
  spend_ = nullptr;
  audit_ = nullptr;
  gauge_ = nullptr;
}

}  // namespace pointsman::admin
