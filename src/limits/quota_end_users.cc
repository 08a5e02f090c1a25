// End users: nodes made on demand, bounded in number. Also what had been spent before the start.
#include "base/hash.h"
#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

constexpr int kMaxLooks = 8;  // at end users that might be forgotten, for one new one

}  // namespace

void QuotaTree::State::unlink(std::uint32_t index) {
  QuotaNode& node = nodes[index];
  (node.older == kNoIndex ? oldest_end_user : nodes[node.older].newer) = node.newer;
  (node.newer == kNoIndex ? newest_end_user : nodes[node.newer].older) = node.older;
  node.older = node.newer = kNoIndex;
  --end_users;
}

void QuotaTree::State::link_newest(std::uint32_t index) {
  QuotaNode& node = nodes[index];
  node.older = newest_end_user;
  node.newer = kNoIndex;
  (newest_end_user == kNoIndex ? oldest_end_user : nodes[newest_end_user].newer) = index;
  newest_end_user = index;
  ++end_users;
}

bool QuotaTree::State::make_room() {
  if (end_users < capacity.end_users) return true;
  for (int look = 0; look < kMaxLooks && oldest_end_user != kNoIndex; ++look) {
    const std::uint32_t index = oldest_end_user;
    nodes[index].advance_rates(latest_mono);
    refresh_budgets(index);
    unlink(index);
    if (nodes[index].forgettable()) {
      free_node(index);
      return true;
    }
    link_newest(index);  // so that the next look is at another one
  }
  return false;
}

const NodeLimits* QuotaTree::State::end_user_limits(std::uint32_t parent) const {
  for (std::uint32_t index = parent; index != kNoIndex; index = nodes[index].parent) {
    const NodeLimits* const limits = nodes[index].end_users.get();
    if (limits != nullptr) return limits->empty() ? nullptr : limits;
  }
  return nullptr;
}

void QuotaTree::State::name_end_user(std::uint32_t parent, std::string_view id) {
  scratch.assign(nodes[parent].name).push_back(kEndUserMark);
  if (id.size() <= kMaxEndUserId) {
    scratch.append(id);
  } else {
    scratch.append("sha256:").append(base::sha256_hex(id));
  }
}

std::uint32_t QuotaTree::State::make_end_user(std::string_view name, QuotaNode::Kind kind, std::uint32_t parent,
                                              const NodeLimits& limits) {
  std::uint32_t index = index_of(name);
  const bool revived = index != kNoIndex;  // it had gone, but its reservations have not ended
  if (!revived) index = add_node(name, kind, parent);
  QuotaNode& node = nodes[index];
  node.state = QuotaNode::State::kLive;
  node.parent = parent;
  const FreshWindows made = set_limits(node, limits);
  for (Budget& budget : node.budgets) budget.restored = true;  // what is not restored at the start was never spent
  if (kind == QuotaNode::Kind::kEndUser) link_newest(index);
  if (revived) {
    std::vector<FreshWindows> fresh(nodes.size());
    fresh[index] = made;
    recount(fresh);
  }
  return index;
}

std::uint32_t QuotaTree::State::shared_end_users(std::uint32_t parent, const NodeLimits& limits) {
  ++counters.shared_end_users;
  name_end_user(parent, {});
  const std::uint32_t known = index_of(scratch);
  if (known != kNoIndex && nodes[known].live()) return known;
  return make_end_user(scratch, QuotaNode::Kind::kSharedEndUsers, parent, limits);
}

std::uint32_t QuotaTree::State::end_user(std::uint32_t parent, std::string_view id, const NodeLimits& limits) {
  name_end_user(parent, id);
  const std::uint32_t known = index_of(scratch);
  if (known != kNoIndex && nodes[known].live()) {
    unlink(known);
    link_newest(known);
    return known;
  }
  if (!make_room()) return shared_end_users(parent, limits);
  return make_end_user(scratch, QuotaNode::Kind::kEndUser, parent, limits);
}

NodeRef QuotaTree::end_user(NodeRef parent, std::string_view id, base::WallTime wall, base::MonoTime mono) {
  State& state = *state_;
  state.see(wall);
  state.see(mono);
  const QuotaNode* const node = state.live(parent);
  if (node == nullptr || node->kind != QuotaNode::Kind::kConfigured || id.empty()) return parent;
  const NodeLimits* const limits = state.end_user_limits(parent.index);
  return limits == nullptr ? parent : state.ref_to(state.end_user(parent.index, id, *limits));
}

bool QuotaTree::restore(std::string_view name, Period period, base::WallTime begin, std::int64_t nanos,
                        std::int64_t tokens) {
  State& state = *state_;
  if (state.budgets == Sharing::kLeased) return false;
  auto ref = find(name);
  const std::size_t mark = name.find(kEndUserMark);
  if (!ref && mark != std::string_view::npos && mark + 1 < name.size()) {
    const auto parent = find(name.substr(0, mark));
    if (!parent) return false;
    ref = end_user(*parent, name.substr(mark + 1), state.latest_wall, state.latest_mono);
    if (*ref == *parent) return false;
  }
  if (!ref) return false;
  QuotaNode& node = state.nodes[ref->index];
  const auto budget = std::ranges::find(node.budgets, period, &Budget::period);
  if (budget == node.budgets.end()) return false;
  budget->advance(state.latest_wall, state.zone);
  SpendAccount& account = budget->current;
  if (account.span.begin != begin) return false;
  const auto restored = [&](SpendSide& side, std::int64_t amount) {
    const std::int64_t before = node.kind == QuotaNode::Kind::kSharedEndUsers ? side.spent : 0;
    side.spent =
        std::min(before + std::clamp<std::int64_t>(amount, 0, SpendSide::kMostSpent - 1), SpendSide::kMostSpent);
    side.told = side.reached(state.warn_at);
  };
  restored(account.money, nanos);
  restored(account.tokens, tokens);
  budget->restored = true;
  return true;
}

}  // namespace pointsman::limits
