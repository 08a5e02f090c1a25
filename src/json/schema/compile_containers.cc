// Keywords about items and members.
#include <algorithm>
#include <map>

#include "json/schema/compiler.h"

namespace pointsman::json::schema {

base::Result<void> Compiler::arrays(Work& work) {
  ArrayRule array;
  PM_CHECK(items(work, array));
  PM_CHECK(contains(work, array));
  PM_TRY(const auto least, natural(work, "minItems"));
  PM_TRY(const auto most, natural(work, "maxItems"));
  array.min_items = least.value_or(0);
  array.max_items = most.value_or(kNoLimit);
  if (const Tree::Id unique = value(work, "uniqueItems"); unique != Tree::kNone) {
    array.unique = work.tree.is(unique, ValueKind::kTrue);
  }
  PM_TRY(array.unevaluated, child(work, "unevaluatedItems"));
  if (array.unevaluated != kNoRule) program_->collects = true;
  const bool any = !array.prefix.empty() || array.rest != kNoRule || array.contains != kNoRule ||
                   array.min_items != 0 || array.max_items != kNoLimit || array.unique || array.unevaluated != kNoRule;
  if (any) work.rule.array = std::make_unique<ArrayRule>(std::move(array));
  return {};
}

// Before 2020-12 a list of schemas stands under `items`, what follows it under `additionalItems`.
base::Result<void> Compiler::items(Work& work, ArrayRule& array) {
  const Tree::Id items = value(work, "items");
  const bool old_list =
      work.dialect != Dialect::k2020 && items != Tree::kNone && work.tree.is(items, ValueKind::kArray);
  const std::string_view list_keyword = old_list ? "items" : "prefixItems";
  if (const Tree::Id list = value(work, list_keyword); list != Tree::kNone) {
    if (old_list && work.tree.count(list) == 0) {
      array.prefix.clear();
    } else {
      PM_TRY(array.prefix, children(work, list_keyword, list));
    }
  }
  array.rest_keyword = old_list ? "additionalItems" : "items";
  PM_TRY(array.rest, child(work, array.rest_keyword));
  return {};
}

base::Result<void> Compiler::contains(Work& work, ArrayRule& array) {
  PM_TRY(array.contains, child(work, "contains"));
  if (array.contains == kNoRule) return {};
  array.contains_evaluates = work.dialect == Dialect::k2020;
  PM_TRY(const auto least, natural(work, "minContains"));
  PM_TRY(const auto most, natural(work, "maxContains"));
  array.min_contains = least.value_or(1);
  array.max_contains = most.value_or(kNoLimit);
  return {};
}

// The names an object's rule knows, while they come together from several keywords.
class Compiler::Names {
 public:
  void judge(std::string_view name, RuleId rule) { names_[name].rule = rule; }
  std::uint32_t track(std::string_view name) {
    ObjectRule::Name& known = names_[name];
    if (known.seen == ObjectRule::kNotTracked) known.seen = tracked_++;
    return known.seen;
  }
  std::uint32_t tracked() const { return tracked_; }
  void take(std::vector<ObjectRule::Name>& out) const {
    for (const auto& [text, name] : names_) out.push_back({text, name.rule, name.seen});
  }

 private:
  std::map<std::string_view, ObjectRule::Name> names_;
  std::uint32_t tracked_ = 0;
};

base::Result<void> Compiler::objects(Work& work) {
  ObjectRule object;
  Names names;
  PM_CHECK(properties(work, names));
  PM_CHECK(required(work, names, object));
  PM_CHECK(dependencies(work, names, object, "dependentRequired"));
  PM_CHECK(dependencies(work, names, object, "dependencies"));
  PM_CHECK(dependencies(work, names, object, "dependentSchemas"));
  PM_CHECK(pattern_properties(work, object));
  PM_CHECK(other_properties(work, object));
  PM_TRY(const auto least, natural(work, "minProperties"));
  PM_TRY(const auto most, natural(work, "maxProperties"));
  object.min_properties = least.value_or(0);
  object.max_properties = most.value_or(kNoLimit);
  names.take(object.names);
  object.required.resize((names.tracked() + 63) / 64);
  const bool any = !object.names.empty() || !object.patterns.empty() || object.additional != kNoRule ||
                   object.property_names != kNoRule || object.unevaluated != kNoRule || object.min_properties != 0 ||
                   object.max_properties != kNoLimit;
  if (any) work.rule.object = std::make_unique<ObjectRule>(std::move(object));
  return {};
}

base::Result<void> Compiler::properties(Work& work, Names& names) {
  const Tree::Id map = value(work, "properties");
  if (map == Tree::kNone) return {};
  if (!work.tree.is(map, ValueKind::kObject)) return base::fail(wrong(work, "properties", "must be an object"));
  for (std::uint32_t i = 0; i < work.tree.count(map); ++i) {
    const Tree::Id member = work.tree.child(map, i);
    PM_TRY(const RuleId rule, rule_at({work.place.document, member}));
    names.judge(work.tree.key(member), rule);
  }
  return {};
}

namespace {

void set_bit(std::vector<std::uint64_t>& words, std::uint32_t bit) {
  if (words.size() <= bit / 64) words.resize(bit / 64 + 1);
  words[bit / 64] |= std::uint64_t{1} << (bit % 64);
}

}  // namespace

base::Result<void> Compiler::required(Work& work, Names& names, ObjectRule& object) {
  const Tree::Id list = value(work, "required");
  if (list == Tree::kNone) return {};
  if (!work.tree.is(list, ValueKind::kArray)) return base::fail(wrong(work, "required", "must be a list of names"));
  for (std::uint32_t i = 0; i < work.tree.count(list); ++i) {
    const Tree::Id name = work.tree.child(list, i);
    if (!work.tree.is(name, ValueKind::kString)) {
      return base::fail(wrong(work, "required", "must be a list of names"));
    }
    set_bit(object.required, names.track(work.tree.text(name)));
  }
  return {};
}

base::Result<void> Compiler::dependencies(Work& work, Names& names, ObjectRule& object, std::string_view keyword) {
  const Tree::Id map = value(work, keyword);
  if (map == Tree::kNone) return {};
  if (!work.tree.is(map, ValueKind::kObject)) return base::fail(wrong(work, keyword, "must be an object"));
  for (std::uint32_t i = 0; i < work.tree.count(map); ++i) {
    const Tree::Id member = work.tree.child(map, i);
    if (!work.tree.is(member, ValueKind::kArray)) {
      if (keyword == "dependentRequired") return base::fail(wrong(work, keyword, "must hold lists of names"));
      PM_CHECK(when_present(work, member, work.tree.key(map)));
      continue;
    }
    ObjectRule::Dependent dependent{.seen = names.track(work.tree.key(member)), .keyword = work.tree.key(map)};
    for (std::uint32_t k = 0; k < work.tree.count(member); ++k) {
      const Tree::Id name = work.tree.child(member, k);
      if (!work.tree.is(name, ValueKind::kString)) {
        return base::fail(wrong(work, keyword, "must hold lists of names"));
      }
      dependent.required.push_back(names.track(work.tree.text(name)));
    }
    object.dependents.push_back(std::move(dependent));
  }
  return {};
}

base::Result<void> Compiler::when_present(Work& work, Tree::Id member, std::string_view keyword) {
  PM_TRY(const RuleId rule, rule_at({work.place.document, member}));
  PM_TRY(const RuleId group, new_rule());
  Rule& made = program_->rules[group];
  made.combine = Combine::kWhenPresent;
  made.place = work.place;
  made.resource = work.rule.resource;
  made.keyword = keyword;
  made.name = work.tree.key(member);
  made.in_place = {rule};
  work.rule.in_place.push_back(group);
  return {};
}

base::Result<void> Compiler::pattern_properties(Work& work, ObjectRule& object) {
  const Tree::Id map = value(work, "patternProperties");
  if (map == Tree::kNone) return {};
  if (!work.tree.is(map, ValueKind::kObject)) return base::fail(wrong(work, "patternProperties", "must be an object"));
  for (std::uint32_t i = 0; i < work.tree.count(map); ++i) {
    const Tree::Id member = work.tree.child(map, i);
    PM_TRY(const Pattern* const compiled, pattern(work, "patternProperties", member, work.tree.key(member)));
    // A name that an unreadable pattern might match is nobody's additional one.
    if (compiled == nullptr) {
      object.additional = kAcceptAll;
      continue;
    }
    PM_TRY(const RuleId rule, rule_at({work.place.document, member}));
    object.patterns.emplace_back(compiled, rule);
  }
  return {};
}

base::Result<void> Compiler::other_properties(Work& work, ObjectRule& object) {
  PM_TRY(object.property_names, child(work, "propertyNames"));
  PM_TRY(object.unevaluated, child(work, "unevaluatedProperties"));
  if (object.unevaluated != kNoRule) program_->collects = true;
  PM_TRY(const RuleId additional, child(work, "additionalProperties"));
  if (object.additional == kNoRule) {
    object.additional = additional;
  } else if (additional != kNoRule) {
    not_enforced(work.place, "/additionalProperties", "additionalProperties",
                 "a name might match a pattern that is not supported");
  }
  return {};
}

}  // namespace pointsman::json::schema
