// A node of a quota tree: its budgets, rates and open requests, and where it hangs. Also the slot of a reservation.
//
// Belongs to a quota tree and is guarded with it; nodes refer to each other by their index in the tree's table.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "limits/quota_account.h"
#include "limits/rate_view.h"

namespace pointsman::limits {

inline constexpr std::uint32_t kNoIndex = 0xFFFF'FFFF;

// The members are in the order in which a request touches them: first its place, then its rates, then its cost.
struct alignas(64) QuotaNode {
  enum class State : std::uint8_t {
    kFree,  // a place for the next node
    kLive,
    kGone,  // no longer wanted, kept until its last reservation ends
  };
  enum class Kind : std::uint8_t { kConfigured, kEndUser, kSharedEndUsers };

  State state = State::kFree;
  Kind kind = Kind::kConfigured;
  std::uint32_t generation = 1;
  std::uint32_t parent = kNoIndex;
  std::uint32_t open_reservations = 0;
  std::int64_t open_requests = 0;
  std::int64_t most_requests = SpendSide::kUnlimited;  // concurrent
  std::vector<Budget> budgets;
  int shares = 1;  // that the rates are divided into while nothing is heard of the others
  // Nothing without a limit. What other replicas used of it, as it was attached last (quota_sharing.h); null where
  // nothing was heard.
  std::optional<RateWindow> requests;
  const RateWindow* requests_elsewhere = nullptr;
  std::optional<RateWindow> tokens;
  const RateWindow* tokens_elsewhere = nullptr;
  std::string_view name;                        // lives in the tree's index of names
  std::shared_ptr<const NodeLimits> end_users;  // the limits of each end user below; null if none are set here
  std::uint32_t older = kNoIndex;               // among the end users, by last use
  std::uint32_t newer = kNoIndex;

  // Only where there is such a limit.
  RateView requests_view() const { return {*requests, requests_elsewhere, shares}; }
  RateView tokens_view() const { return {*tokens, tokens_elsewhere, shares}; }

  bool live() const { return state == State::kLive; }
  void advance_rates(base::MonoTime mono) {
    if (requests) requests->advance(mono);
    if (tokens) tokens->advance(mono);
  }
  void advance_budgets(base::WallTime wall, base::MonoTime mono, const TimeZone& zone);
  // Of a place among the requests under way, which costs nothing: no budget is looked at.
  bool has_place(const Call& call) const {
    return (!requests || requests_view().fits(call.requests)) && !too_many(call.requests);
  }
  bool fits(const Call& call, UnknownPrice unknown_price) const;
  bool too_many(std::int64_t more) const {
    return more > 0 && most_requests != SpendSide::kUnlimited && more > most_requests - open_requests;
  }
  // Nothing would be lost with it that a limit still needs.
  bool forgettable() const;
};

// An open reservation, or a place for one.
struct ReservationSlot {
  std::array<std::uint32_t, kMaxQuotaDepth> path{};  // from the leaf to the root
  std::uint32_t generation = 1;
  std::uint32_t next_free = kNoIndex;
  std::uint8_t depth = 0;  // 0: free
  bool priced = false;
  base::WallTime admitted;
  std::int64_t second = 0;  // of the rate windows
  std::int64_t nanos = 0;
  std::int64_t tokens = 0;
  std::int64_t requests = 0;
};

// Why `call` does not fit this node: the limit that takes longest to give way. Nothing if it fits.
std::optional<Denial> denial_of(const QuotaNode& node, const Call& call, UnknownPrice unknown_price,
                                base::WallTime wall, base::MonoTime mono, Asked asked);
// True if `other` takes longer to give way than `denial`.
bool outlasts(const Denial& other, const Denial& denial);

}  // namespace pointsman::limits
