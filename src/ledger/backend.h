// One ledger, wherever it is: opens each of the stores that it consists of. The seam between what works with a ledger
// (commands, the operators' API, the running gateway) and the database that it is in.
//
// May be shared by threads: each call makes a store with a connection of its own, which then belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/audit_store.h"
#include "ledger/calibration.h"
#include "ledger/change_feed.h"
#include "ledger/classifier_registry.h"
#include "ledger/feedback_index.h"
#include "ledger/feedback_store.h"
#include "ledger/gauge.h"
#include "ledger/key_store.h"
#include "ledger/spend.h"
#include "ledger/store.h"

namespace pointsman::ledger {

// kReading fails with kNotFound where nothing was ever kept in files of this machine, and makes none; a store that was
// opened so writes nothing.
enum class Access : std::uint8_t { kReading, kWriting };

class Backend {
 public:
  virtual ~Backend() = default;

  // For people: a directory, or a database without its password.
  virtual std::string place() const = 0;

  // A file that changes whenever feedback may have; empty: there is none, and only asking tells.
  virtual std::string feedback_file() const { return ""; }

  // kNotFound where there is no ledger.
  virtual base::Result<std::unique_ptr<Reader>> reader() const = 0;
  virtual base::Result<std::unique_ptr<SpendReader>> spend() const = 0;
  virtual base::Result<std::vector<KeptCalibration>> calibrations() const = 0;
  // Null where looking is so cheap that nobody tells, and whoever has the ledger open leads.
  virtual std::unique_ptr<ChangeFeed> changes() const { return nullptr; }
  // How many entries a filter asks for; its limit does not count.
  virtual base::Result<std::uint64_t> count(const Filter& filter) const = 0;
  virtual base::Result<std::unique_ptr<LedgerGauge>> gauge() const = 0;
  // Removes the entries of that user or key (`who` is not looked at), overwritten; how many there were.
  virtual base::Result<std::uint64_t> forget(const Whose& whose) const = 0;

  virtual base::Result<std::unique_ptr<FeedbackStore>> feedback(Access access) const = 0;
  virtual base::Result<std::unique_ptr<FeedbackIndex>> feedback_index() const = 0;
  virtual base::Result<std::unique_ptr<KeyStore>> keys(Access access) const = 0;
  virtual base::Result<std::unique_ptr<ClassifierRegistry>> classifiers(Access access) const = 0;
  virtual base::Result<std::unique_ptr<AuditStore>> audit(Access access) const = 0;
};
using BackendPtr = std::shared_ptr<const Backend>;

}  // namespace pointsman::ledger
