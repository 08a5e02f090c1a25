// Entries that budgets were charged for, and their sums added up one by one.
// For tests; deterministic for a seed.
#pragma once

#include <vector>

#include "ledger/spend.h"
#include "support/random_entry.h"

namespace pointsman::test {

// Of few owners, keys and users, so that sums have several parts; some with parts missing, some that charge nothing.
inline ledger::Entry charged_entry(base::Rng& rng, base::Uuid id) {
  static constexpr const char* kOwners[] = {"", "acme", "acme/search", "acme/search/ci", "acme-two", "acme0", "bert"};
  static constexpr const char* kKeys[] = {"", "ci", "laptop", "web"};
  static constexpr std::uint64_t kUsers[] = {0, 0, 7, 0xffff'ffff'ffff'fff0ULL};
  ledger::Entry entry = typical_entry(id);
  entry.bill.owner = kOwners[rng.below(std::size(kOwners))];
  entry.key = kKeys[rng.below(std::size(kKeys))];
  entry.user = kUsers[rng.below(std::size(kUsers))];
  if (rng.below(8) != 0) entry.bill.charged = base::Money{static_cast<std::int64_t>(rng.below(5'000'000))};
  if (rng.below(8) != 0) entry.bill.charged_tokens = static_cast<std::int64_t>(rng.below(9'000));
  if (rng.below(5) == 0) entry.cost.reset();
  entry.bill.counted = rng.below(2) == 0 ? "o200k_base" : "";
  return entry;
}

inline bool within(const ledger::SpendScope& scope, const ledger::Entry& entry) {
  const std::string& owner = entry.bill.owner;
  return (scope.owner.empty() || owner == scope.owner || owner.starts_with(scope.owner + "/")) &&
         (scope.key.empty() || entry.key == scope.key) && (scope.user == 0 || entry.user == scope.user);
}

inline bool within(const ledger::SpendTime& time, const ledger::Entry& entry) {
  const std::int64_t bucket = ledger::spend_bucket(entry.started);
  return (!time.since || bucket >= ledger::spend_bucket(*time.since)) &&
         (!time.until || bucket < ledger::spend_bucket(*time.until));
}

inline ledger::Spend added_up(const std::vector<ledger::Entry>& entries, const ledger::SpendScope& scope,
                              const ledger::SpendTime& time) {
  ledger::Spend sum;
  for (const ledger::Entry& one : entries) {
    if (!within(scope, one) || !within(time, one)) continue;
    if (!one.bill.charged && !one.bill.charged_tokens) continue;
    sum.nanos += one.bill.charged.value_or(base::Money{}).nanos;
    sum.tokens += one.bill.charged_tokens.value_or(0);
    sum.requests += 1;
    sum.unknown += one.cost ? 0 : 1;
  }
  return sum;
}

// Every kind of scope there is among charged_entry()'s.
inline std::vector<ledger::SpendScope> all_scopes() {
  std::vector<ledger::SpendScope> scopes;
  for (const char* owner : {"", "acme", "acme/search", "bert", "nobody"}) {
    for (const char* key : {"", "ci", "web"}) {
      for (const std::uint64_t user : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{0xffff'ffff'ffff'fff0ULL}}) {
        scopes.push_back({owner, key, user});
      }
    }
  }
  return scopes;
}

}  // namespace pointsman::test
