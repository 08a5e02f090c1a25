// Keys and budgets as this process knows them: read from the key store at the start and whenever somebody changed it,
// with what was spent before.
//
// Belongs to the main thread. Until a key was ever made there is no store, and looking for one costs one system call.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "gateway/access.h"
#include "gateway/quota_desk.h"
#include "ledger/key_store.h"
#include "ledger/spend.h"

namespace pointsman::app {

class AccessWatch {
 public:
  // `directory` is the ledger's; the desk outlives it.
  AccessWatch(std::string directory, gateway::QuotaDesk& quotas, const base::Clock& clock)
      : directory_(std::move(directory)), quotas_(quotas), clock_(clock) {}

  // A key that no store holds, in force from the next read() on.
  void add_own(ledger::Key key) { own_.push_back(std::move(key)); }
  // Reads everything anew and sets the desk's limits. On failure nothing has changed.
  base::Result<gateway::AccessPtr> read(const config::Config& config);
  // Whether keys have changed since, or one of them has expired.
  base::Result<bool> changed();
  // Budgets that the desk counts from 0 although something may have been spent.
  void restore_missing();

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

  const std::string directory_;
  gateway::QuotaDesk& quotas_;
  const base::Clock& clock_;
  std::unique_ptr<ledger::KeyStore> store_;
  std::unique_ptr<ledger::SpendReader> spend_;
  std::vector<ledger::Key> own_;
  std::int64_t version_ = 0;
  std::map<std::string, base::WallTime, std::less<>> made_;  // when the live key of that name was
  std::set<std::string> met_;                                // nodes of keys whose end users' spend was restored
  std::optional<base::WallTime> next_expiry_;
};

}  // namespace pointsman::app
