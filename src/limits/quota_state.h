// The inside of a QuotaTree: its tables of nodes and reservations, the index of names, and what is done to them.
//
// Only the quota_*.cc files use it. Nodes and reservations live in tables and refer to each other by index; whoever
// holds a reference into a table must not add to it meanwhile.
#pragma once

#include <span>
#include <unordered_map>

#include "limits/lease.h"
#include "limits/quota_node.h"
#include "limits/quota_sharing.h"
#include "limits/quota_tree.h"

namespace pointsman::limits {

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};

// Nodes from a leaf to its root; empty if the leaf is stale.
struct QuotaPath {
  std::array<std::uint32_t, kMaxQuotaDepth> indexes{};
  std::uint8_t depth = 0;
  std::span<const std::uint32_t> nodes() const { return {indexes.data(), depth}; }
};

inline constexpr std::size_t kMostEvents = 4096;  // waiting to be taken

// Which windows of a node were made just now, so that open reservations must be entered in them.
struct FreshWindows {
  bool requests = false;
  bool tokens = false;
};

struct QuotaTree::State {
  State(const QuotaCapacity& capacity, base::WallTime wall, base::MonoTime mono);

  // Time as the tree sees it: the latest it was told.
  void see(base::WallTime wall) { latest_wall = std::max(latest_wall, wall); }
  void see(base::MonoTime mono) { latest_mono = std::max(latest_mono, mono); }

  // Brings a node's rates up to date, before they are asked anything.
  void refresh_rates(std::uint32_t index) {
    nodes[index].advance_rates(latest_mono);
    if (sharing) sharing->attach(index, nodes[index], latest_mono);
  }
  void refresh_budgets(std::uint32_t index) { nodes[index].advance_budgets(latest_wall, latest_mono, zone); }
  // Of nodes whose rates are up to date.
  RateStandings standings_on(const QuotaPath& path) const;

  // Paths and names.
  QuotaNode* live(NodeRef ref);
  NodeRef ref_to(std::uint32_t index) const { return {index, nodes[index].generation}; }
  QuotaPath path_from(NodeRef leaf);
  std::uint32_t index_of(std::string_view name) const;  // live or gone; kNoIndex if there is none

  // Reservations.
  ReservationSlot* slot_of(ReservationId id);
  std::expected<ReservationId, Denial> admit(const QuotaPath& path, const Call& call, Asked asked);
  ReservationId reserve(const QuotaPath& path, const Call& call);
  [[gnu::cold]] Denial no_slot() const;
  [[gnu::cold]] Denial denial_on(const QuotaPath& path, const Call& call, Asked asked);
  Settlement finish(ReservationId id, const Actual& actual);
  void charge(QuotaNode& node, const ReservationSlot& slot, const Settlement& settlement, bool& late);
  // Tells of the thresholds that a side has reached and that were not told yet.
  [[gnu::cold]] void tell(const QuotaNode& node, Period period, SpendAccount& account, LimitKind kind);

  // Making, changing and forgetting nodes.
  std::uint32_t add_node(std::string_view name, QuotaNode::Kind kind, std::uint32_t parent);
  FreshWindows set_limits(QuotaNode& node, const NodeLimits& limits);
  void set_budgets(QuotaNode& node, const std::vector<BudgetDefinition>& wanted);
  void set_maximum(QuotaNode& node, Budget& budget, LimitKind kind, std::optional<std::int64_t> maximum);
  // Forgets it at once, or when its last reservation ends.
  void remove(std::uint32_t index);
  void free_node(std::uint32_t index);
  // Enters all open reservations in the books anew; `fresh` by node.
  void recount(const std::vector<FreshWindows>& fresh);

  // Leases of shared budgets (quota_lease.cc).
  // Looks at the budget's leases from now on, until there is nothing to do about them.
  void watch(QuotaNode& node, Budget& budget);
  // Other books of the same budget, with nothing spent and nothing leased.
  void restart(Budget& budget);
  // To be called before books end that no other ones follow: the pool is told of them once more, and gets back what is
  // leased. What is under way is not waited for.
  void take_leave(QuotaNode& node, Budget& budget);
  void take_leave(QuotaNode& node, Budget& budget, LimitKind kind);
  // Notes what a call would need of the slices that are too small for it.
  void want_more(const QuotaPath& path, const Call& call);
  void look_for_asks(const LeaseTerms& terms, LeaseEnd end, std::size_t most, std::vector<LeaseAsk>& out);
  void look_at_idle(const LeaseTerms& terms, std::size_t most, std::vector<LeaseAsk>& out);
  LeaseAsk ask_for(QuotaNode& node, Budget& budget, SpendAccount& account, LimitKind kind, std::int64_t want);
  void tell_between(const QuotaNode& node, const LeaseAsk& ask, const LeaseAnswer& answer);

  // End users.
  const NodeLimits* end_user_limits(std::uint32_t parent) const;  // null if there are none
  void name_end_user(std::uint32_t parent, std::string_view id);  // into `scratch`
  std::uint32_t end_user(std::uint32_t parent, std::string_view id, const NodeLimits& limits);
  std::uint32_t shared_end_users(std::uint32_t parent, const NodeLimits& limits);
  std::uint32_t make_end_user(std::string_view name, QuotaNode::Kind kind, std::uint32_t parent,
                              const NodeLimits& limits);
  bool make_room();
  void link_newest(std::uint32_t index);
  void unlink(std::uint32_t index);

  // Taking a definition that has no problems.
  void apply(const QuotaDefinition& definition);
  void change_zone(const TimeZone& zone);
  void change_thresholds(const std::vector<int>& thresholds);
  std::vector<FreshWindows> apply_configured(const QuotaDefinition& definition);
  void apply_end_users(std::vector<FreshWindows>& fresh);

  // A budget whose leases are looked at.
  struct Watched {
    std::uint32_t node = kNoIndex;
    std::uint32_t generation = 0;
    Period period = Period::kDay;
  };

  QuotaCapacity capacity;
  Sharing budgets = Sharing::kOwn;
  bool defined = false;
  TimeZone zone;
  UnknownPrice unknown_price = UnknownPrice::kReject;
  std::vector<int> warn_at;
  base::WallTime latest_wall;
  base::MonoTime latest_mono;

  std::vector<QuotaNode> nodes;
  std::vector<std::uint32_t> free_nodes;
  std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>> by_name;  // live and gone
  std::uint32_t oldest_end_user = kNoIndex;
  std::uint32_t newest_end_user = kNoIndex;
  std::size_t end_users = 0;  // live, without the shared ones
  std::string scratch;

  std::unique_ptr<QuotaSharing> sharing;  // null: rates are this process's own

  std::vector<ReservationSlot> slots;
  std::uint32_t free_slot = kNoIndex;
  std::size_t open = 0;

  std::vector<Watched> watched;
  std::size_t next_watched = 0;   // where the next look begins: fair where there are more than fit one batch
  std::uint32_t next_idle = 0;    // likewise, among all nodes
  std::vector<LeaseAsk> leaving;  // of books that have ended; asked for once
  std::uint64_t last_join = 0;
  std::uint64_t last_ask = 0;

  std::vector<ThresholdEvent> events;
  QuotaCounters counters;
};

}  // namespace pointsman::limits
