// What a tree of quotas is asked and what it answers: demands, denials, settlements, warnings and reports.
//
// Plain values that stay valid after the tree's lock was given back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "limits/calendar.h"

namespace pointsman::limits {

// A node of one tree. Goes stale when the node is removed or, for an end user, forgotten: then admit() says
// kUnknownNode and find() or end_user() gives a fresh one.
struct NodeRef {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // 0: no node
  bool operator==(const NodeRef&) const = default;
};

// An open reservation. Of one tree, used once: settling twice is noticed and does nothing.
struct ReservationId {
  std::uint64_t value = 0;  // 0: none
  bool operator==(const ReservationId&) const = default;
};

// The most that a call may cost.
struct Demand {
  std::optional<std::int64_t> nanos;  // nothing: the price is unknown
  std::int64_t tokens = 0;            // input and the bound of the output
  // 0 for a further attempt of a request that was admitted already (retry, hedge, classifier): it is no further
  // request, neither for the minute nor among the concurrent ones.
  std::int64_t requests = 1;
};

// What a call did cost. Unknown is charged as what was reserved, and counted apart.
struct Actual {
  std::optional<std::int64_t> nanos;
  std::optional<std::int64_t> tokens;
};

enum class LimitKind : std::uint8_t {
  kMoney,   // of a budget
  kTokens,  // of a budget
  kRequestsPerMinute,
  kTokensPerMinute,
  kConcurrentRequests,
  kUnknownPrice,  // a budget in money is on the path and the price is unknown
  kUnknownSpend,  // a budget is shared with replicas, and what is left of it cannot be found out at present
  kReservations,  // the tree's own table is full
  kUnknownNode,
};
std::string_view to_string(LimitKind kind);  // "money", "tokens", "requests_per_minute", ...

enum class Recovery : std::uint8_t {
  kAfter,             // after retry_after, if nothing else uses the room meanwhile
  kWhenOthersFinish,  // there is room but for open reservations; nobody knows when they end
  kNever,             // asks for more than the limit, or for more than is left of a budget that never renews
};

// Whether the pool of a shared budget was asked for a request that is to be admitted.
enum class Asked : std::uint8_t {
  kNotYet,
  kJustNow,  // an answer has come since the request was first refused
};

// Of all limits that refuse a request, the one that takes longest to give way; among equals the one nearest the leaf.
// Of a budget that replicas share, `used` and `reserved` are those of all of them, as far as it is known here.
struct Denial {
  LimitKind limit = LimitKind::kUnknownNode;
  Recovery recovery = Recovery::kNever;
  std::string node;
  std::optional<Period> period;  // of a budget
  // In nano-dollars, tokens or requests. For a rate `used` is what was used in the last minute.
  std::int64_t maximum = 0;
  std::int64_t used = 0;
  std::int64_t reserved = 0;
  std::int64_t remaining = 0;
  std::int64_t asked = 0;
  base::Duration retry_after{};  // for kAfter
  // The budget may well have room, but too little of it is leased here: the pool has to be asked, or other replicas
  // are about to give back what they do not use. No limit refuses it for good. False: this is final.
  bool slice_short = false;
};

struct Settlement {
  bool found = false;      // false: settled before, or never made; nothing was changed
  std::int64_t nanos = 0;  // what was charged
  std::int64_t tokens = 0;
  bool cost_unknown = false;  // `nanos` is the worst case, or 0 if the price was unknown, too
};

// A budget's spend has reached a threshold. Each is told once for each period, while the process lives and after a
// restart that restores the spend; of a shared budget, by the replica whose report passed it.
struct ThresholdEvent {
  std::string node;
  Period period = Period::kDay;
  PeriodSpan span;
  LimitKind limit = LimitKind::kMoney;  // or kTokens
  int percent = 0;
  std::int64_t maximum = 0;
  std::int64_t spent = 0;
  std::int64_t reserved = 0;  // for calls under way
};

// The smallest rest of any budget on a path, open reservations taken off; nothing where no budget is. Of a shared
// budget it is the rest of all replicas, as of the last renewal and with what was done here since.
struct Room {
  std::optional<std::int64_t> nanos;
  std::optional<std::int64_t> tokens;
};

// For the headers x-ratelimit-{limit,remaining,reset}-{requests,tokens}: of the node on the path with the least left.
struct RateStanding {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  base::Duration reset{};  // until all of `limit` is there again
};
struct RateStandings {
  std::optional<RateStanding> requests;
  std::optional<RateStanding> tokens;
};

// One side of a budget, in nano-dollars or tokens. spent <= maximum + reserved + overrun at every instant.
// Of a budget that replicas share, `spent` and `reserved` are those of all of them: this one's as they are, the others'
// as of the last renewal (a second ago where it is used here, a quarter of a minute where it is not). `overrun`,
// unknown costs and open requests are this replica's alone.
struct SpendReport {
  std::optional<std::int64_t> maximum;
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
  std::int64_t overrun = 0;  // the part of `spent` that went beyond what had been reserved for it
  std::int64_t leased = 0;   // of a shared budget: the slice that is held here
};

struct BudgetReport {
  Period period = Period::kDay;
  PeriodSpan span;
  SpendReport money;
  SpendReport tokens;
  std::int64_t unknown_costs = 0;  // calls whose cost never became known
  std::int64_t unknown_nanos = 0;  // the part of money.spent that is their worst case
};

struct NodeReport {
  std::string name;
  std::string parent;
  bool end_user = false;
  std::int64_t open_requests = 0;
  std::vector<BudgetReport> current;
  std::vector<BudgetReport> previous;  // the last earlier period of each budget that was used, if there is one
};

// A budget whose earlier spend in its present period the tree does not know.
struct MissingSpend {
  std::string node;
  Period period = Period::kDay;
  PeriodSpan span;
};

}  // namespace pointsman::limits
