// What the end of one judgement means for those above it, and whom it makes superfluous.
#include <algorithm>

#include "json/prefix_validator.h"

namespace pointsman::json {

using schema::kNoNode;
using schema::Role;
using schema::State;

void PrefixValidator::fail(NodeId id, std::string_view keyword, std::size_t deeper) {
  std::size_t depth = nodes_[id].depth + deeper;
  schema::Place place = nodes_[id].rule->place;
  for (;;) {
    Node& node = nodes_[id];
    if (node.state != State::kOpen) return;
    cancel(id);
    if (node.parent == kNoNode) {
      prospect_ = Prospect::kImpossible;
      failed_depth_ = depth;
      failed_keyword_ = keyword;
      failed_place_ = place;
      return;
    }
    Node& parent = nodes_[node.parent];
    std::string_view combined;
    if (parent.state != State::kOpen || !fails_parent(node, parent, combined)) return;
    if (!combined.empty()) {
      keyword = combined;
      depth = parent.depth;
      place = parent.rule->place;
    }
    id = node.parent;
  }
}

// Whether a node that is not met is the end of its parent; `combined` is then the keyword that says so, if it is not
// the node's own.
bool PrefixValidator::fails_parent(Node& node, Node& parent, std::string_view& combined) {
  switch (node.role) {
    case Role::kRequired:
      return true;
    case Role::kBranch:
      combined = parent.rule->keyword;
      return --parent.open == 0;
    case Role::kTest:
      parent.test_dead = true;
      combined = "else";
      return parent.else_dead;
    case Role::kThen:
      parent.then_dead = true;
      combined = "then";
      return parent.else_dead || parent.test_met;
    case Role::kElse:
      parent.else_dead = true;
      combined = "else";
      return parent.then_dead || parent.test_dead;
    case Role::kWhenPresent:
      parent.branch_dead = true;
      combined = parent.rule->keyword;
      return parent.present;
    case Role::kUnevaluated:
      frames_[parent.depth].deferred.push_back({node.parent, node.ordinal});
      return false;
    case Role::kNegated:
    case Role::kContains:
      return false;
  }
  return false;
}

void PrefixValidator::cancel(NodeId id) {
  const NodeId end = end_of(nodes_[id]);
  for (NodeId at = id; at < end; ++at) nodes_[at].state = State::kDead;
  sweep_from_ = std::min<std::size_t>(sweep_from_, nodes_[id].depth);
}

// Judgements of deeper values whose reason is gone: parents stand before them, so one pass finds all.
void PrefixValidator::sweep() {
  const std::size_t from = std::exchange(sweep_from_, ~std::size_t{0});
  if (from >= depth_ || from + 1 >= depth_) return;
  for (NodeId id = frames_[from + 1].first_node; id < nodes_.size(); ++id) {
    Node& node = nodes_[id];
    if (node.parent != kNoNode && nodes_[node.parent].state == State::kDead) node.state = State::kDead;
  }
}

// Whether what a node evaluated counts for one above it: every step in between is met and passes it on (2020-12 core,
// section 11; nothing comes out of `not`).
bool PrefixValidator::reaches(NodeId id, NodeId above) const {
  while (id != above) {
    const Node& node = nodes_[id];
    const Node& parent = nodes_[node.parent];
    if (node.state != State::kMet || node.role == Role::kNegated) return false;
    if (node.role == Role::kThen && !parent.test_met && !parent.test_perhaps) return false;
    if (node.role == Role::kElse && parent.test_met) return false;
    if (node.role == Role::kWhenPresent && !parent.present) return false;
    id = node.parent;
  }
  return true;
}

}  // namespace pointsman::json
