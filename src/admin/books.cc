#include "admin/books.h"

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
  return opened(ledger_, [this] { return backend_->reader(); });
}

base::Result<ledger::FeedbackStore*> Books::feedback() {
  return opened(feedback_, [this] { return backend_->feedback(ledger::Access::kWriting); });
}

base::Result<ledger::FeedbackIndex*> Books::said() {
  return opened(said_, [this] { return backend_->feedback_index(); });
}

base::Result<ledger::KeyStore*> Books::keys() {
  return opened(keys_, [this] { return backend_->keys(ledger::Access::kWriting); });
}

base::Result<ledger::ClassifierRegistry*> Books::registry() {
  return opened(registry_, [this] { return backend_->classifiers(ledger::Access::kWriting); });
}

base::Result<ledger::SpendReader*> Books::spend() {
  return opened(spend_, [this] { return backend_->spend(); });
}

base::Result<ledger::AuditStore*> Books::audit() {
  return opened(audit_, [this] { return backend_->audit(ledger::Access::kWriting); });
}

base::Result<ledger::LedgerGauge*> Books::gauge() {
  return opened(gauge_, [this] { return backend_->gauge(); });
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
