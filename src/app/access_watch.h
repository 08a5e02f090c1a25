// Keys and budgets as this process knows them: read from the key store at the start and whenever somebody changed it,
// with what was spent before.
//
// Belongs to the main thread. Until a key was ever made there may be no store, and looking for one costs one system
// call.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/budget_history.h"
#include "base/clock.h"
#include "config/config.h"
#include "gateway/access.h"
#include "gateway/quota_desk.h"
#include "ledger/backend.h"

namespace pointsman::app {

class AccessWatch {
 public:
  // The desk outlives it.
  AccessWatch(ledger::BackendPtr backend, gateway::QuotaDesk& quotas, const base::Clock& clock)
      : backend_(std::move(backend)), quotas_(quotas), clock_(clock) {}

  // A key that no store holds, in force from the next read() on.
  void add_own(ledger::Key key) { own_.push_back(std::move(key)); }
  // Reads everything anew and sets the desk's limits. On failure nothing has changed.
  base::Result<gateway::AccessPtr> read(const config::Config& config);
  // Whether one of the keys has expired or, where it is worth a look, whether they have changed.
  base::Result<bool> changed(bool worth_a_look);
  // Budgets that the desk counts from 0 although something may have been spent.
  void restore_missing();
  const KeyBirths& births() const { return births_; }

 private:
  // Null: there is none yet.
  base::Result<ledger::KeyStore*> store();
  // False, and said, if the ledger cannot be read.
  bool open_spend();
  // Restores what end users spent of the keys that this process has just learnt of.
  void meet_users(const std::vector<ledger::Key>& keys, const limits::QuotaDefinition& quotas);
  base::Result<void> meet_users_of(const ledger::Key& key, const limits::NodeLimits& limits,
                                   const limits::TimeZone& zone);
  base::Result<ledger::Spend> spent(const limits::MissingSpend& of);

  const ledger::BackendPtr backend_;
  gateway::QuotaDesk& quotas_;
  const base::Clock& clock_;
  std::unique_ptr<ledger::KeyStore> store_;
  std::unique_ptr<ledger::SpendReader> spend_;
  std::vector<ledger::Key> own_;
  std::int64_t version_ = 0;
  KeyBirths births_;
  std::set<std::string> met_;  // nodes of keys whose end users' spend was restored
  std::optional<base::WallTime> next_expiry_;
};

}  // namespace pointsman::app
