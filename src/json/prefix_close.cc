// Whether a value that is complete meets its rules. Branches are finished before the rules that combine them.
#include <algorithm>

#include "json/prefix_validator.h"

namespace pointsman::json {

using schema::AllowedValues;
using schema::ArrayRule;
using schema::Combine;
using schema::kNoNode;
using schema::kNoRule;
using schema::NumberRule;
using schema::ObjectRule;
using schema::Role;
using schema::State;
using schema::StringRule;
using schema::ValueKind;

void PrefixValidator::finish(NodeId id) {
  const Combine combine = nodes_[id].rule->combine;
  const bool own = combine == Combine::kAll || combine == Combine::kDynamic;
  if (own ? finish_value(id) : finish_combination(id)) met(id);
}

bool PrefixValidator::finish_value(NodeId id) {
  const schema::Rule& rule = *nodes_[id].rule;
  if (rule.allowed && !finish_allowed(id, *rule.allowed)) return false;
  switch (top().kind) {
    case ValueKind::kNumber:
      return !rule.number || finish_number(id, *rule.number);
    case ValueKind::kString:
      return !rule.string || finish_string(id, *rule.string);
    case ValueKind::kArray:
      return !rule.array || finish_array(id, *rule.array);
    case ValueKind::kObject:
      return !rule.object || finish_object(id, *rule.object);
    default:
      return true;
  }
}

bool PrefixValidator::finish_allowed(NodeId id, const AllowedValues& allowed) {
  const Node& node = nodes_[id];
  bool good = true;
  switch (top().kind) {
    case ValueKind::kString:
      good = node.low < node.high && allowed.strings[node.low].size() == node.matched;
      break;
    case ValueKind::kNumber:
      good = std::ranges::binary_search(allowed.numbers, canonical_number_);
      break;
    case ValueKind::kArray:
    case ValueKind::kObject:
      good = std::ranges::binary_search(allowed.containers, canonical_.from(top().canonical_begin));
      break;
    default:
      break;
  }
  if (!good) fail(id, allowed.keyword);
  return good;
}

bool PrefixValidator::finish_number(NodeId id, const NumberRule& rule) {
  std::string_view broken;
  if (rule.whole && !number_.is_whole()) {
    broken = "type";
  } else if (rule.minimum && number_ < *rule.minimum) {
    broken = "minimum";
  } else if (rule.maximum && number_ > *rule.maximum) {
    broken = "maximum";
  } else if (rule.exclusive_minimum && number_ <= *rule.exclusive_minimum) {
    broken = "exclusiveMinimum";
  } else if (rule.exclusive_maximum && number_ >= *rule.exclusive_maximum) {
    broken = "exclusiveMaximum";
  } else if (rule.multiple_of && !rule.multiple_of->divides(number_)) {
    broken = "multipleOf";
  }
  if (!broken.empty()) fail(id, broken);
  return broken.empty();
}

bool PrefixValidator::finish_string(NodeId id, const StringRule& rule) {
  if (top().length < rule.min_length) {
    fail(id, "minLength");
    return false;
  }
  for (std::size_t i = 0; i < rule.patterns.size(); ++i) {
    const auto& [pattern, keyword] = rule.patterns[i];
    const schema::Automaton* const automaton = pattern->automaton();
    const bool matches =
        automaton != nullptr ? automaton->accepts(nodes_[id].pattern_states[i]) : pattern->matches(text_);
    if (matches) continue;
    fail(id, keyword);
    return false;
  }
  return true;
}

bool PrefixValidator::finish_array(NodeId id, const ArrayRule& rule) {
  Node& node = nodes_[id];
  if (top().count < rule.min_items) {
    fail(id, "minItems");
    return false;
  }
  if (rule.contains != kNoRule) {
    const std::uint64_t most = std::uint64_t{node.passed} + node.passed_perhaps;
    if (most < rule.min_contains) {
      fail(id, rule.min_contains == 1 ? "contains" : "minContains");
      return false;
    }
    if (node.passed < rule.min_contains || most > rule.max_contains) node.uncertain = true;
  }
  return rule.unevaluated == kNoRule || finish_unevaluated(id, true);
}

bool PrefixValidator::finish_object(NodeId id, const ObjectRule& rule) {
  const Node& node = nodes_[id];
  const auto seen = [&](std::uint32_t bit) { return ((words_[node.words + bit / 64] >> (bit % 64)) & 1U) != 0; };
  for (std::size_t i = 0; i < rule.required.size(); ++i) {
    if ((rule.required[i] & ~words_[node.words + i]) == 0) continue;
    fail(id, "required");
    return false;
  }
  if (rule.min_properties != 0 && top().seen.size() < rule.min_properties) {
    fail(id, "minProperties");
    return false;
  }
  for (const ObjectRule::Dependent& dependent : rule.dependents) {
    if (!seen(dependent.seen) || std::ranges::all_of(dependent.required, seen)) continue;
    fail(id, dependent.keyword);
    return false;
  }
  return rule.unevaluated == kNoRule || finish_unevaluated(id, false);
}

// What failed as unevaluated is forgiven if a branch that is met evaluated it.
bool PrefixValidator::finish_unevaluated(NodeId id, bool items) {
  const Frame& frame = top();
  const auto of_node = [id](const schema::Mark& mark) { return mark.node == id; };
  if (std::ranges::none_of(frame.deferred, of_node)) return true;
  evaluated_.assign(frame.count, false);
  const NodeId end = nodes_[id].end;
  for (NodeId at = id + 1; at < end; ++at) {
    const schema::Rule& rule = *nodes_[at].rule;
    const bool all = items ? rule.array && (rule.array->rest != kNoRule || rule.array->unevaluated != kNoRule)
                           : rule.object && (rule.object->additional != kNoRule || rule.object->unevaluated != kNoRule);
    if ((all || nodes_[at].uncertain) && reaches(at, id)) {
      if (nodes_[at].uncertain) nodes_[id].uncertain = true;
      if (all) evaluated_.assign(frame.count, true);
    }
  }
  for (const schema::Mark& mark : frame.marks) {
    if (mark.node >= id && mark.node < end && reaches(mark.node, id)) evaluated_[mark.ordinal] = true;
  }
  const auto unforgiven = [&](const schema::Mark& mark) { return of_node(mark) && !evaluated_[mark.ordinal]; };
  if (std::ranges::none_of(frame.deferred, unforgiven)) return true;
  fail(id, items ? "unevaluatedItems" : "unevaluatedProperties");
  return false;
}

bool PrefixValidator::finish_combination(NodeId id) {
  Node& node = nodes_[id];
  const bool some = node.passed + node.passed_perhaps != 0;
  switch (node.rule->combine) {
    case Combine::kAny:
      if (node.passed == 0) node.uncertain = true;
      if (!some) fail(id, node.rule->keyword);
      return some;
    case Combine::kOne:
      if (node.passed_perhaps != 0) node.uncertain = true;
      if (!some) fail(id, node.rule->keyword);
      return some;
    case Combine::kIf:
      if (node.test_perhaps) node.uncertain = true;
      if (node.test_met && node.then_dead) {
        fail(id, "then");
        return false;
      }
      return true;
    default:
      return true;
  }
}

// The node is met: what that means for its parent, whose own end comes later.
void PrefixValidator::met(NodeId id) {
  Node& node = nodes_[id];
  node.state = State::kMet;
  if (node.parent == kNoNode) return;
  Node& parent = nodes_[node.parent];
  if (parent.state != State::kOpen) return;
  switch (node.role) {
    case Role::kBranch:
      ++(node.uncertain ? parent.passed_perhaps : parent.passed);
      if (parent.rule->combine == Combine::kOne && parent.passed == 2) fail(node.parent, parent.rule->keyword);
      return;
    case Role::kNegated:
      if (!node.uncertain) return fail(node.parent, parent.rule->keyword);
      parent.uncertain = true;
      return;
    case Role::kTest:
      (node.uncertain ? parent.test_perhaps : parent.test_met) = true;
      return;
    case Role::kContains:
      return met_contains(id, parent);
    default:
      parent.uncertain = parent.uncertain || node.uncertain;
  }
}

void PrefixValidator::met_contains(NodeId id, Node& parent) {
  const Node& node = nodes_[id];
  const ArrayRule& array = *parent.rule->array;
  ++(node.uncertain ? parent.passed_perhaps : parent.passed);
  if (array.contains_evaluates) mark(node.parent, node.ordinal);
  if (parent.passed > array.max_contains) fail(node.parent, "maxContains");
}

}  // namespace pointsman::json
