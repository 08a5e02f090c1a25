// What was spent, by whom, summed up as entries are stored: the figures that budgets start from after a restart.
//
// Sums are kept for quarter hours of UTC (every zone's midnight is on one), by the time a request began, and outlive
// the entries they were made of. Money and tokens are what budgets were charged (Bill::charged, charged_tokens).
// Plain values and a seam; a reader belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"

namespace pointsman::ledger {

struct Spend {
  std::int64_t nanos = 0;
  std::int64_t tokens = 0;
  std::int64_t requests = 0;  // that were charged
  std::int64_t unknown = 0;   // of these, whose cost nobody knows: charged their worst case, or no money at all

  // Stays at the largest value instead of overflowing.
  Spend& operator+=(const Spend& other);
  bool operator==(const Spend&) const = default;
};

// Quarter hours since the epoch, at least 1: 0 is the bucket of all that was long ago.
inline constexpr std::chrono::minutes kSpendBucket{15};
inline constexpr std::int64_t kLongAgo = 0;
std::int64_t spend_bucket(base::WallTime instant);
// Whole buckets that old are summed up into one for each key, owner and user.
inline constexpr std::chrono::days kSpendDetail{62};

// What one entry adds, and to whom.
struct Charge {
  std::string owner;       // Bill::owner
  std::string key;         // Entry::key
  std::uint64_t user = 0;  // Entry::user
  std::int64_t bucket = 0;
  Spend spend;
};
// Nothing for an entry of which budgets were charged neither money nor tokens (it was refused, or nobody counts).
// Negative charges count as 0.
std::optional<Charge> charge_of(const Entry& entry);

// Whose spend. With a key alone: of that key, whoever owned it. With an owner alone: of it and all below it, with or
// without keys. With neither: everything. With a user: only what that end user asked for, there.
struct SpendScope {
  std::string owner;
  std::string key;
  std::uint64_t user = 0;
};

// [since, until), in whole buckets: the one that holds `since` counts whole, the one that holds `until` does not count.
// What is long ago counts if `since` is unset, or so early that part of it may have been summed up by now (too much is
// counted then, never too little).
struct SpendTime {
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
};

struct KeySpend {
  std::string owner;
  std::string key;  // empty: asked without one
  Spend spend;
};

struct UserSpend {
  std::uint64_t user = 0;
  Spend spend;
};

class SpendReader {
 public:
  virtual ~SpendReader() = default;
  virtual base::Result<Spend> sum(const SpendScope& scope, const SpendTime& time) = 0;
  // Each pair of owner and key that spent something, by name.
  virtual base::Result<std::vector<KeySpend>> by_key(const SpendTime& time) = 0;
  // The end users of the scope (its own user is not looked at), the one who spent most money first, at most `limit`.
  virtual base::Result<std::vector<UserSpend>> by_user(const SpendScope& scope, const SpendTime& time,
                                                       std::size_t limit) = 0;
};

}  // namespace pointsman::ledger
