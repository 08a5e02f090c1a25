// What a tree of quotas is made of: nodes (organisation, team, key, ...), their budgets and their rates.
//
// Plain data, made from the configuration and the key store. Money is nano-dollars. A limit that is not set is no
// limit; a limit of 0 lets through only what costs nothing of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "limits/calendar.h"

namespace pointsman::limits {

inline constexpr std::size_t kMaxQuotaDepth = 8;   // nodes on a path, the end user included
inline constexpr std::size_t kMaxNodeBudgets = 5;  // one for each kind of period
inline constexpr std::size_t kMaxThresholds = 8;
inline constexpr std::size_t kMaxNodeName = 256;   // bytes: of an owner and a key
inline constexpr std::size_t kMaxEndUserId = 128;  // bytes; longer ones are replaced by their SHA-256
inline constexpr std::size_t kMaxQuotaReservations = 65'536;
inline constexpr std::int64_t kLargestBudget = std::int64_t{1} << 60;  // nano-dollars (a billion dollars) or tokens
inline constexpr std::int64_t kLargestRate = std::int64_t{1} << 50;
// Separates the name of a node from the end user below it: "key/acme#alice". Not allowed in a configured name.
inline constexpr char kEndUserMark = '#';

struct BudgetDefinition {
  Period period = Period::kMonth;
  std::optional<std::int64_t> nanos;
  std::optional<std::int64_t> tokens;
  bool operator==(const BudgetDefinition&) const = default;
};

// Rates are sliding windows: no 60 seconds let through more than the limit. A call's tokens count in the second in
// which it was admitted, first the worst case, once settled the truth.
struct RateDefinition {
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> tokens_per_minute;
  std::optional<std::int64_t> concurrent_requests;
  bool operator==(const RateDefinition&) const = default;
};

struct NodeLimits {
  std::vector<BudgetDefinition> budgets;  // at most one for each kind of period
  RateDefinition rates;
  bool empty() const { return budgets.empty() && rates == RateDefinition{}; }
  bool operator==(const NodeLimits&) const = default;
};

struct NodeDefinition {
  std::string name;    // of the whole tree, e.g. "acme", "acme/search", a key's id
  std::string parent;  // empty for a root; there may be several
  NodeLimits limits;
  // The limits of each single end user of the keys at or below this node; the nearest node that sets them decides.
  std::optional<NodeLimits> end_users;
  bool operator==(const NodeDefinition&) const = default;
};

// What becomes of a request whose price nobody knows where a budget in money is on its path.
enum class UnknownPrice : std::uint8_t {
  kReject,  // an unknown price cannot be kept within a budget
  kAllow,   // it passes, reserves no money and is counted; what it turns out to cost is charged, however much it is
};

struct QuotaDefinition {
  std::vector<NodeDefinition> nodes;  // in any order
  TimeZone zone;
  UnknownPrice unknown_price = UnknownPrice::kReject;
  std::vector<int> warn_at = {50, 80, 100};  // per cent of a budget, ascending, 1 to 100
  // Replicas spend from these budgets together (lease.h). That of a tree's first definition holds for good. Rates
  // are shared another way (shared_rates.h), concurrent requests not at all.
  bool shared_budgets = false;
};

// Everything that is wrong with it; the place of each error is the node's name. Empty: a tree can be made of it.
std::vector<base::Error> problems_of(const QuotaDefinition& definition);

}  // namespace pointsman::limits
