#include "ledger_postgres/backend.h"

#include "ledger_postgres/audit_store.h"
#include "ledger_postgres/calibrations.h"
#include "ledger_postgres/change_listener.h"
#include "ledger_postgres/classifier_registry.h"
#include "ledger_postgres/feedback_store.h"
#include "ledger_postgres/forget.h"
#include "ledger_postgres/gauge.h"
#include "ledger_postgres/key_store.h"
#include "ledger_postgres/reader.h"
#include "ledger_postgres/spend_reader.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::Access;

// Tables are there from the first connection on, so reading and writing open the same.
class PostgresBackend final : public ledger::Backend {
 public:
  explicit PostgresBackend(Target target) : target_(std::move(target)) {}

  std::string place() const override { return target_.url; }
  Result<std::unique_ptr<ledger::Reader>> reader() const override { return open_reader(target_); }
  Result<std::unique_ptr<ledger::SpendReader>> spend() const override { return open_spend_reader(target_); }
  Result<std::vector<ledger::KeptCalibration>> calibrations() const override {
    PM_TRY(Session session, Session::open(target_));
    return read_calibrations(session);
  }
  std::unique_ptr<ledger::ChangeFeed> changes() const override { return listen_for_changes(target_); }
  Result<std::uint64_t> count(const ledger::Filter& filter) const override { return count_entries(target_, filter); }
  Result<std::unique_ptr<ledger::LedgerGauge>> gauge() const override { return open_gauge(target_); }
  Result<std::uint64_t> forget(const ledger::Whose& whose) const override { return forget_entries(target_, whose); }
  Result<std::unique_ptr<ledger::FeedbackStore>> feedback(Access) const override {
    return open_feedback_store(target_);
  }
  Result<std::unique_ptr<ledger::FeedbackIndex>> feedback_index() const override {
    return open_feedback_index(target_);
  }
  Result<std::unique_ptr<ledger::KeyStore>> keys(Access) const override { return open_key_store(target_); }
  Result<std::unique_ptr<ledger::ClassifierRegistry>> classifiers(Access) const override {
    return open_classifier_registry(target_);
  }
  Result<std::unique_ptr<ledger::AuditStore>> audit(Access) const override { return open_audit_store(target_); }

 private:
  const Target target_;
};

}  // namespace

ledger::BackendPtr make_backend(Target target) {
  return std::make_shared<PostgresBackend>(std::move(target));
}

}  // namespace pointsman::ledger_postgres
