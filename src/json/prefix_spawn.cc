// Which rules a value has to meet: those that its parent's rules have for items and members, and what they combine.
#include <algorithm>

#include "json/prefix_validator.h"

namespace pointsman::json {

using schema::ArrayRule;
using schema::Combine;
using schema::kAcceptAll;
using schema::kNoLimit;
using schema::kNoNode;
using schema::kNoRule;
using schema::ObjectRule;
using schema::Role;
using schema::Rule;
using schema::RuleId;
using schema::State;
using schema::ValueKind;

namespace {

constexpr std::size_t kMaxInPlace = 128;    // rules combined in one another for the same value
constexpr std::size_t kMaxMarks = 1 << 20;  // of evaluated items or members of one value

bool evaluates_all(const ArrayRule& array) {
  return array.rest != kNoRule || array.unevaluated != kNoRule;
}

bool evaluates(const ArrayRule& array, std::uint32_t index) {
  return index < array.prefix.size() || evaluates_all(array) || (array.contains != kNoRule && array.contains_evaluates);
}

bool matches_a_pattern(const ObjectRule& object, std::string_view name) {
  return std::ranges::any_of(object.patterns, [name](const auto& entry) { return entry.first->matches(name); });
}

bool evaluates(const ObjectRule& object, std::string_view name) {
  if (object.additional != kNoRule || object.unevaluated != kNoRule) return true;
  const ObjectRule::Name* const known = object.find(name);
  return (known != nullptr && known->rule != kNoRule) || matches_a_pattern(object, name);
}

}  // namespace

void PrefixValidator::want(RuleId rule, NodeId parent, Role role, std::string_view keyword) {
  if (rule == kNoRule || rule == kAcceptAll) return;
  if (program_.rules[rule].accepts_nothing() && parent != kNoNode) {
    if (role == Role::kRequired) return fail(parent, keyword, 1);
    Frame& frame = frames_[nodes_[parent].depth];
    frame.deferred.push_back({parent, frame.count - 1});
    return;
  }
  wanted_.push_back({rule, parent, role});
}

void PrefixValidator::expand(const Wanted& wanted, bool collects) {
  if (nodes_.size() >= limits_.nodes || in_place_ >= kMaxInPlace) return give_up();
  const Rule& rule = program_.rules[wanted.rule];
  const auto id = static_cast<NodeId>(nodes_.size());
  Node& node = nodes_.emplace_back();
  node.rule = &rule;
  node.parent = wanted.parent;
  node.role = wanted.role;
  node.depth = static_cast<std::uint32_t>(depth_ - 1);
  const bool of_child = wanted.role == Role::kContains || wanted.role == Role::kUnevaluated;
  if (of_child) node.ordinal = frames_[nodes_[wanted.parent].depth].count - 1;
  if (program_.collects) {
    node.collects = collects || (rule.object && rule.object->unevaluated != kNoRule) ||
                    (rule.array && rule.array->unevaluated != kNoRule);
  }
  const ValueKind kind = top().kind;
  node.uncertain = has(rule.uncertain, kind);
  if (!has(rule.types, kind)) return fail(id, rule.keyword);
  if (rule.allowed && !has(rule.allowed->kinds, kind)) return fail(id, rule.allowed->keyword);
  prepare(node, rule);
  if (!rule.in_place.empty()) {
    ++in_place_;
    expand_branches(id, rule);
    --in_place_;
  }
  nodes_[id].end = static_cast<NodeId>(nodes_.size());
}

void PrefixValidator::expand_branches(NodeId id, const Rule& rule) {
  const bool object = top().kind == ValueKind::kObject;
  const bool collects = nodes_[id].collects && rule.combine != Combine::kNot;
  if (rule.combine == Combine::kDynamic) {
    return expand({dynamic_target(rule, id), id, Role::kRequired}, collects);
  }
  constexpr Role kParts[] = {Role::kTest, Role::kThen, Role::kElse};
  nodes_[id].open = static_cast<std::uint32_t>(rule.in_place.size());
  for (std::size_t i = 0; i < rule.in_place.size(); ++i) {
    if (!running() || nodes_[id].state != State::kOpen) return;
    const RuleId part = rule.in_place[i];
    if (program_.rules[part].combine == Combine::kWhenPresent && !object) continue;
    Role role = Role::kRequired;
    switch (rule.combine) {
      case Combine::kAny:
      case Combine::kOne:
        role = Role::kBranch;
        break;
      case Combine::kNot:
        role = Role::kNegated;
        break;
      case Combine::kIf:
        role = kParts[i];
        break;
      case Combine::kWhenPresent:
        role = Role::kWhenPresent;
        break;
      case Combine::kAll:
      case Combine::kDynamic:
        break;
    }
    expand({part, id, role}, collects);
  }
}

void PrefixValidator::prepare(Node& node, const Rule& rule) {
  Frame& frame = top();
  switch (frame.kind) {
    case ValueKind::kString:
      if (rule.string) {
        frame.watches = true;
        frame.counts = frame.counts || rule.string->min_length != 0 || rule.string->max_length != kNoLimit;
        for (std::size_t i = 0; i < rule.string->patterns.size(); ++i) {
          const schema::Automaton* const automaton = rule.string->patterns[i].first->automaton();
          if (automaton != nullptr) node.pattern_states[i] = automaton->start();
          if (automaton == nullptr) frame.keeps_text = true;
        }
      }
      if (rule.allowed) {
        frame.watches = true;
        node.high = static_cast<std::uint32_t>(rule.allowed->strings.size());
      }
      return;
    case ValueKind::kArray:
      if (rule.allowed) frame.captures = true;
      if (rule.array && rule.array->unique) frame.unique = true;
      return;
    case ValueKind::kObject:
      if (rule.allowed) frame.captures = true;
      if (!rule.object) return;
      node.words = static_cast<std::uint32_t>(words_.size());
      words_.resize(words_.size() + rule.object->required.size());
      if (rule.object->min_properties != 0 || rule.object->max_properties != kNoLimit) frame.distinct = true;
      return;
    default:
      return;
  }
}

// 2020-12 core, section 8.2.3.2: the outermost schema resource on the way here that has the anchor decides.
RuleId PrefixValidator::dynamic_target(const Rule& rule, NodeId from) const {
  RuleId found = rule.in_place.front();
  for (NodeId id = from; id != kNoNode; id = nodes_[id].parent) {
    const RuleId here = program_.dynamic_anchor(rule.name, nodes_[id].rule->resource);
    if (here != kNoRule) found = here;
  }
  return found;
}

void PrefixValidator::start_item() {
  Frame& frame = top();
  if (frame.unique) frame.item_begin = canonical_.size();
  const std::uint32_t index = frame.count++;
  const auto end = static_cast<NodeId>(nodes_.size());
  for (NodeId id = frame.first_node; id < end && running(); ++id) {
    const Node& node = nodes_[id];
    if (node.state == State::kOpen && node.rule->array) start_item_for(id, *node.rule->array, index);
  }
  sweep();
}

void PrefixValidator::start_item_for(NodeId id, const ArrayRule& array, std::uint32_t index) {
  if (index >= array.max_items) return fail(id, "maxItems");
  const bool in_prefix = index < array.prefix.size();
  const bool evaluated = in_prefix || array.rest != kNoRule;
  if (in_prefix) {
    want(array.prefix[index], id, Role::kRequired, array.rest_keyword == "items" ? "prefixItems" : "items");
    mark(id, index);
  } else {
    want(array.rest, id, Role::kRequired, array.rest_keyword);
  }
  if (nodes_[id].state != State::kOpen) return;
  if (array.contains != kNoRule) wanted_.push_back({array.contains, id, Role::kContains});
  if (array.unevaluated == kNoRule || evaluated) return;
  const bool maybe = claimed(id, {}, index, true);
  want(array.unevaluated, id, maybe ? Role::kUnevaluated : Role::kRequired, "unevaluatedItems");
}

void PrefixValidator::name_for(NodeId id, std::string_view name) {
  const Rule& rule = *nodes_[id].rule;
  if (rule.combine == Combine::kWhenPresent && rule.name == name) {
    nodes_[id].present = true;
    if (nodes_[id].branch_dead) fail(id, rule.keyword);
    return;
  }
  if (!rule.object) return;
  const ObjectRule& object = *rule.object;
  const Frame& frame = top();
  if (frame.distinct && frame.seen.size() > object.max_properties) return fail(id, "maxProperties");
  bool evaluated = false;
  if (const ObjectRule::Name* const known = object.find(name)) {
    if (known->seen != ObjectRule::kNotTracked) {
      words_[nodes_[id].words + known->seen / 64] |= std::uint64_t{1} << (known->seen % 64);
    }
    evaluated = known->rule != kNoRule;
    want(known->rule, id, Role::kRequired, "properties");
  }
  for (const auto& [pattern, part] : object.patterns) {
    if (!pattern->matches(name)) continue;
    evaluated = true;
    want(part, id, Role::kRequired, "patternProperties");
  }
  if (evaluated) {
    mark(id, frame.count - 1);
  } else {
    want(object.additional, id, Role::kRequired, "additionalProperties");
  }
  if (nodes_[id].state != State::kOpen) return;
  if (object.property_names != kNoRule) wanted_of_name_.push_back({object.property_names, id, Role::kRequired});
  if (object.unevaluated == kNoRule || evaluated || object.additional != kNoRule) return;
  const bool maybe = claimed(id, name, 0, false);
  want(object.unevaluated, id, maybe ? Role::kUnevaluated : Role::kRequired, "unevaluatedProperties");
}

// A name is a string of its own, over as soon as it begins.
void PrefixValidator::judge_names(std::string_view name) {
  if (!push_frame(ValueKind::kString)) return;
  for (std::size_t i = 0; i < wanted_of_name_.size() && running(); ++i) {
    const Wanted wanted = wanted_of_name_[i];
    if (nodes_[wanted.parent].state == State::kOpen) expand(wanted, false);
  }
  wanted_of_name_.clear();
  sweep();
  if (running()) judge_piece(name);
  if (running()) pop_frame();
}

// Whether a branch of the node, or its own `contains`, may yet turn out to have evaluated an item or member.
bool PrefixValidator::claimed(NodeId by, std::string_view name, std::uint32_t index, bool item) const {
  const Rule& own = *nodes_[by].rule;
  if (item && own.array->contains != kNoRule && own.array->contains_evaluates) return true;
  for (NodeId id = by + 1; id < nodes_[by].end; ++id) {
    const Node& node = nodes_[id];
    if (node.state != State::kOpen || !node.collects) continue;
    if (item ? node.rule->array && evaluates(*node.rule->array, index)
             : node.rule->object && evaluates(*node.rule->object, name)) {
      return true;
    }
  }
  return false;
}

void PrefixValidator::mark(NodeId id, std::uint32_t ordinal) {
  const Node& node = nodes_[id];
  if (!node.collects) return;
  std::vector<schema::Mark>& marks = frames_[node.depth].marks;
  if (marks.size() >= kMaxMarks) return give_up();
  marks.push_back({id, ordinal});
}

}  // namespace pointsman::json
