// Keywords that apply other schemas to the same value: $ref, $dynamicRef, allOf, anyOf, oneOf, not, if.
#include "json/schema/compiler.h"

namespace pointsman::json::schema {

base::Result<void> Compiler::references(Work& work) {
  const Tree::Id ref = work.tree.member(work.place.node, "$ref");
  if (ref != Tree::kNone) {
    if (!work.tree.is(ref, ValueKind::kString)) return base::fail(wrong(work, "$ref", "must be a string"));
    auto target = library_.resolve(work.rule.resource, work.tree.text(ref));
    if (!target) return base::fail(std::move(target).error().at(library_.pointer(work.place) + "/$ref"));
    PM_TRY(const RuleId rule, rule_at(target->place));
    work.rule.in_place.push_back(rule);
  }
  return dynamic_reference(work);
}

base::Result<void> Compiler::dynamic_reference(Work& work) {
  const Tree::Id ref = value(work, "$dynamicRef");
  if (ref == Tree::kNone) return {};
  if (!work.tree.is(ref, ValueKind::kString)) return base::fail(wrong(work, "$dynamicRef", "must be a string"));
  auto target = library_.resolve(work.rule.resource, work.tree.text(ref));
  if (!target) return base::fail(std::move(target).error().at(library_.pointer(work.place) + "/$dynamicRef"));
  PM_TRY(RuleId rule, rule_at(target->place));
  if (!target->dynamic_name.empty()) {
    // 2020-12 core, section 8.2.3.2: only a reference that first leads to a $dynamicAnchor is dynamic.
    uses_dynamic_ = true;
    const Tree& tree = library_.tree(target->place.document);
    const std::string_view name = tree.text(tree.member(target->place.node, "$dynamicAnchor"));
    PM_TRY(const RuleId dynamic, new_rule());
    Rule& made = program_->rules[dynamic];
    made.combine = Combine::kDynamic;
    made.place = work.place;
    made.resource = work.rule.resource;
    made.keyword = "$dynamicRef";
    made.name = name;
    made.in_place = {rule};
    rule = dynamic;
  }
  work.rule.in_place.push_back(rule);
  return {};
}

base::Result<void> Compiler::combinations(Work& work) {
  if (const Tree::Id all = value(work, "allOf"); all != Tree::kNone) {
    PM_TRY(const std::vector<RuleId> rules, children(work, "allOf", all));
    work.rule.in_place.insert(work.rule.in_place.end(), rules.begin(), rules.end());
  }
  PM_CHECK(combination(work, "anyOf", Combine::kAny));
  PM_CHECK(combination(work, "oneOf", Combine::kOne));
  PM_CHECK(combination(work, "not", Combine::kNot));
  return condition(work);
}

base::Result<void> Compiler::combination(Work& work, std::string_view keyword, Combine combine) {
  const Tree::Id found = value(work, keyword);
  if (found == Tree::kNone) return {};
  std::vector<RuleId> rules;
  if (combine == Combine::kNot) {
    PM_TRY(const RuleId rule, child(work, keyword));
    rules = {rule};
  } else {
    PM_TRY(rules, children(work, keyword, found));
  }
  PM_TRY(const RuleId group, new_rule());
  Rule& made = program_->rules[group];
  made.combine = combine;
  made.place = work.place;
  made.resource = work.rule.resource;
  made.keyword = work.tree.key(found);
  made.in_place = std::move(rules);
  work.rule.in_place.push_back(group);
  return {};
}

base::Result<void> Compiler::condition(Work& work) {
  PM_TRY(const RuleId test, child(work, "if"));
  if (test == kNoRule) return {};
  PM_TRY(const RuleId yes, child(work, "then"));
  PM_TRY(const RuleId no, child(work, "else"));
  PM_TRY(const RuleId group, new_rule());
  Rule& made = program_->rules[group];
  made.combine = Combine::kIf;
  made.place = work.place;
  made.resource = work.rule.resource;
  made.keyword = "if";
  made.in_place = {test, yes == kNoRule ? kAcceptAll : yes, no == kNoRule ? kAcceptAll : no};
  work.rule.in_place.push_back(group);
  return {};
}

}  // namespace pointsman::json::schema
