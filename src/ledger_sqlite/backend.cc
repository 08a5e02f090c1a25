#include "ledger_sqlite/backend.h"

#include <filesystem>

#include "ledger_sqlite/audit_store.h"
#include "ledger_sqlite/calibrations.h"
#include "ledger_sqlite/classifier_registry.h"
#include "ledger_sqlite/entry_count.h"
#include "ledger_sqlite/feedback_index.h"
#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/forget.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/ledger_gauge.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/spend_reader.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;
using ledger::Access;

OpenMode mode_of(Access access) {
  return access == Access::kReading ? OpenMode::kReadOnly : OpenMode::kReadWriteCreate;
}

class SqliteBackend final : public ledger::Backend {
 public:
  explicit SqliteBackend(std::string directory) : directory_(std::move(directory)) {}

  std::string place() const override { return directory_; }
  std::string feedback_file() const override { return directory_ + "/learning.db-wal"; }
  Result<std::unique_ptr<ledger::Reader>> reader() const override { return open_reader(directory_); }
  Result<std::unique_ptr<ledger::SpendReader>> spend() const override { return open_spend_reader(directory_); }
  Result<std::vector<ledger::KeptCalibration>> calibrations() const override { return read_calibrations(directory_); }
  Result<std::uint64_t> count(const ledger::Filter& filter) const override { return count_entries(directory_, filter); }
  Result<std::unique_ptr<ledger::LedgerGauge>> gauge() const override { return open_gauge(directory_); }
  Result<std::uint64_t> forget(const ledger::Whose& whose) const override { return forget_entries(directory_, whose); }
  Result<std::unique_ptr<ledger::FeedbackStore>> feedback(Access access) const override {
    return open_feedback_store(directory_, mode_of(access));
  }
  Result<std::unique_ptr<ledger::FeedbackIndex>> feedback_index() const override {
    return open_feedback_index(directory_);
  }
  Result<std::unique_ptr<ledger::KeyStore>> keys(Access access) const override {
    // Keys may be made before a gateway ever ran: of the ledger's place only the beginning may be there.
    std::error_code failed;
    const auto holder = std::filesystem::absolute(directory_, failed).parent_path();
    if (access == Access::kWriting) std::filesystem::create_directories(holder, failed);
    return open_key_store(directory_, mode_of(access));
  }
  Result<std::unique_ptr<ledger::ClassifierRegistry>> classifiers(Access access) const override {
    return open_classifier_registry(directory_, mode_of(access));
  }
  Result<std::unique_ptr<ledger::AuditStore>> audit(Access access) const override {
    return open_audit_store(directory_, mode_of(access));
  }

 private:
  const std::string directory_;
};

}  // namespace

ledger::BackendPtr make_backend(std::string directory) {
  return std::make_shared<SqliteBackend>(std::move(directory));
}

}  // namespace pointsman::ledger_sqlite
