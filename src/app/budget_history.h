// What the ledger says was spent by whom a budget belongs to: from when its counting begins, and what a new row in the
// pool of shared budgets begins with.
//
// KeyBirths is filled by the main thread and read by any. A LedgerHistory belongs to one thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "gateway/lease_keeper.h"
#include "ledger/backend.h"
#include "limits/quota_outcome.h"

namespace pointsman::app {

// When the live key of each name was made. A name may be used again: what its namesake spent is not this key's.
class KeyBirths {
 public:
  using Map = std::map<std::string, base::WallTime, std::less<>>;

  void set(Map made);
  std::optional<base::WallTime> of(std::string_view key) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Map> made_ = std::make_shared<const Map>();
};

// Whose spend a node of the tree of quotas is charged: "acme/search@key#00f3...", as access.h names them.
ledger::SpendScope scope_of(std::string_view node);
// What that node spent in the period.
base::Result<ledger::Spend> spent_in(ledger::SpendReader& ledger, const KeyBirths& births, std::string_view node,
                                     limits::Period period, const limits::PeriodSpan& span);

// For the keeper of shared budgets.
class LedgerHistory final : public gateway::BudgetHistory {
 public:
  // `births` outlives it.
  LedgerHistory(std::unique_ptr<ledger::SpendReader> ledger, const KeyBirths& births)
      : ledger_(std::move(ledger)), births_(births) {}
  std::int64_t born(std::string_view node) override;
  base::Result<std::int64_t> spent(const limits::LeaseAccount& account) override;

 private:
  std::unique_ptr<ledger::SpendReader> ledger_;
  const KeyBirths& births_;
};

}  // namespace pointsman::app
