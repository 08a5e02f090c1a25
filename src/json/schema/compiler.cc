#include "json/schema/compiler.h"

#include <algorithm>

namespace pointsman::json::schema {
namespace {

constexpr std::size_t kMaxRules = 200'000;
constexpr std::size_t kMaxPatterns = 200;
constexpr std::size_t kMaxUnenforced = 100;

}  // namespace

base::Result<std::unique_ptr<Program>> Compiler::run() {
  program_->rules.emplace_back();  // kAcceptAll
  PM_TRY(program_->root, rule_at({0, Tree::kRoot}));
  PM_CHECK(drain());
  while (uses_dynamic_) {
    const std::size_t before = program_->rules.size();
    PM_CHECK(dynamic_anchors());
    PM_CHECK(drain());
    if (program_->rules.size() == before) break;
  }
  if (const auto& unknown = library_.unknown_dialect()) {
    not_enforced(*unknown, "/$schema", "$schema", "not a dialect we know");
  }
  program_->documents = library_.release();
  PM_CHECK(simplify(*program_, uses_dynamic_));
  return std::move(program_);
}

base::Result<RuleId> Compiler::new_rule() {
  if (program_->rules.size() >= kMaxRules) {
    return base::fail(base::ErrorCode::kTooLarge, "the schema has more than 200000 parts", base::Origin::kClient);
  }
  program_->rules.emplace_back();
  return static_cast<RuleId>(program_->rules.size() - 1);
}

base::Result<RuleId> Compiler::rule_at(Place place) {
  if (const auto found = known_.find(place); found != known_.end()) return found->second;
  PM_TRY(const RuleId id, new_rule());
  known_.emplace(place, id);
  todo_.emplace_back(place, id);
  return id;
}

base::Result<void> Compiler::drain() {
  while (!todo_.empty()) {
    const auto [place, id] = todo_.back();
    todo_.pop_back();
    PM_CHECK(compile(place, id));
  }
  return {};
}

// Any resource may turn out to be the outermost one, so all its anchors become rules.
base::Result<void> Compiler::dynamic_anchors() {
  program_->dynamic_anchors.clear();
  for (Library::ResourceId id = 0; id < library_.resources(); ++id) {
    const auto anchors = library_.resource(id).dynamic_anchors;
    for (const auto& [name, place] : anchors) {
      PM_TRY(const RuleId rule, rule_at(place));
      const Tree& tree = library_.tree(place.document);
      const std::string_view kept = tree.text(tree.member(place.node, "$dynamicAnchor"));
      program_->dynamic_anchors.push_back({kept, id, rule});
    }
  }
  std::ranges::sort(program_->dynamic_anchors, [](const auto& a, const auto& b) {
    return std::tie(a.name, a.resource) < std::tie(b.name, b.resource);
  });
  return {};
}

base::Result<void> Compiler::compile(Place place, RuleId id) {
  const Tree& tree = library_.tree(place.document);
  const Library::ResourceId resource_id = library_.resource_of(place);
  const Library::Resource& resource = library_.resource(resource_id);
  Work work{.place = place, .tree = tree, .dialect = resource.dialect, .assertions = resource.assertions};
  work.rule.place = place;
  work.rule.resource = resource_id;
  if (tree.is(place.node, ValueKind::kFalse)) {
    work.rule.types = 0;
    work.rule.keyword = false_keyword(place);
  } else if (tree.is(place.node, ValueKind::kObject)) {
    work.replaced = work.dialect == Dialect::kDraft7 && tree.member(place.node, "$ref") != Tree::kNone;
    note_keywords(work);
    PM_CHECK(references(work));
    PM_CHECK(types(work));
    PM_CHECK(allowed_values(work));
    PM_CHECK(numbers(work));
    PM_CHECK(strings(work));
    PM_CHECK(arrays(work));
    PM_CHECK(objects(work));
    PM_CHECK(combinations(work));
  } else if (!tree.is(place.node, ValueKind::kTrue)) {
    return base::fail(wrong(work, "", "a schema is an object, true or false"));
  }
  program_->rules[id] = std::move(work.rule);
  return {};
}

// A schema `false` says no in the name of the keyword that holds it.
std::string_view Compiler::false_keyword(Place place) const {
  const Tree& tree = library_.tree(place.document);
  for (Tree::Id node = place.node; node != Tree::kNone; node = tree.parent(node)) {
    const Keyword keyword = find_keyword(tree.key(node), library_.resource(library_.resource_of(place)).dialect);
    const bool holds = node == place.node ? keyword.shape == Shape::kSchema || keyword.shape == Shape::kSchemaOrList
                                          : keyword.shape != Shape::kPlain;
    if (holds) return tree.key(node);
  }
  return "false";
}

Tree::Id Compiler::value(const Work& work, std::string_view keyword) const {
  if (work.replaced) return Tree::kNone;
  const Tree::Id found = work.tree.member(work.place.node, keyword);
  if (found == Tree::kNone) return Tree::kNone;
  const Keyword known = find_keyword(keyword, work.dialect);
  const bool counts = known.meaning == Meaning::kEnforced || known.meaning == Meaning::kCore;
  return counts && (work.assertions || !known.assertion) ? found : Tree::kNone;
}

base::Error Compiler::wrong(const Work& work, std::string_view keyword, std::string message) const {
  std::string pointer = library_.pointer(work.place);
  if (!keyword.empty()) {
    pointer += '/';
    append_pointer_token(keyword, pointer);
  }
  return base::Error(base::ErrorCode::kInvalidArgument, std::move(message), base::Origin::kClient)
      .at(std::move(pointer));
}

base::Result<std::optional<Decimal>> Compiler::number(const Work& work, std::string_view keyword) const {
  const Tree::Id found = value(work, keyword);
  if (found == Tree::kNone) return std::optional<Decimal>();
  if (!work.tree.is(found, ValueKind::kNumber)) return base::fail(wrong(work, keyword, "must be a number"));
  Decimal decimal(work.tree.text(found));
  if (decimal.is_huge()) return base::fail(wrong(work, keyword, "the exponent is out of range"));
  return std::optional<Decimal>(std::move(decimal));
}

base::Result<std::optional<std::uint64_t>> Compiler::natural(const Work& work, std::string_view keyword) const {
  PM_TRY(const std::optional<Decimal> decimal, number(work, keyword));
  if (!decimal) return std::optional<std::uint64_t>();
  const std::optional<std::uint64_t> natural = decimal->natural();
  if (!natural) return base::fail(wrong(work, keyword, "must be a whole number that is not negative"));
  return natural;
}

base::Result<RuleId> Compiler::child(const Work& work, std::string_view keyword) {
  const Tree::Id found = value(work, keyword);
  return found == Tree::kNone ? base::Result<RuleId>(kNoRule) : rule_at({work.place.document, found});
}

base::Result<std::vector<RuleId>> Compiler::children(const Work& work, std::string_view keyword, Tree::Id list) {
  if (!work.tree.is(list, ValueKind::kArray) || work.tree.count(list) == 0) {
    return base::fail(wrong(work, keyword, "must be a list of at least one schema"));
  }
  std::vector<RuleId> rules;
  for (std::uint32_t i = 0; i < work.tree.count(list); ++i) {
    PM_TRY(const RuleId rule, rule_at({work.place.document, work.tree.child(list, i)}));
    rules.push_back(rule);
  }
  return rules;
}

base::Result<const Pattern*> Compiler::pattern(Work& work, std::string_view keyword, Tree::Id at,
                                               std::string_view expression) {
  auto found = patterns_.find(expression);
  if (found == patterns_.end()) {
    if (patterns_.size() >= kMaxPatterns) {
      return base::fail(base::ErrorCode::kTooLarge, "the schema has more than 200 patterns", base::Origin::kClient);
    }
    auto compiled = Pattern::compile(expression, automata_budget_);
    const Pattern* kept = nullptr;
    if (compiled) {
      program_->patterns.push_back(std::make_unique<const Pattern>(std::move(*compiled)));
      kept = program_->patterns.back().get();
    } else {
      why_not_.emplace(expression, compiled.error().message());
    }
    found = patterns_.emplace(expression, kept).first;
  }
  if (found->second == nullptr) {
    work.rule.uncertain |= bit(keyword == "patternProperties" ? ValueKind::kObject : ValueKind::kString);
    not_enforced({work.place.document, at}, "", keyword, why_not_[found->first]);
  }
  return found->second;
}

void Compiler::not_enforced(Place place, std::string_view suffix, std::string_view keyword, std::string why) {
  if (program_->unenforced.size() >= kMaxUnenforced) return;
  program_->unenforced.push_back({library_.pointer(place) + std::string(suffix), std::string(keyword), std::move(why)});
}

void Compiler::note_keywords(Work& work) {
  for (std::uint32_t i = 0; i < work.tree.count(work.place.node); ++i) {
    const Tree::Id member = work.tree.child(work.place.node, i);
    const std::string_view name = work.tree.key(member);
    const Keyword keyword = find_keyword(name, work.dialect);
    const Place place{work.place.document, member};
    const bool described = keyword.meaning == Meaning::kAnnotation || keyword.meaning == Meaning::kCore;
    if (name == "$recursiveRef" && keyword.meaning == Meaning::kCore) {
      work.rule.uncertain = kAllKinds;
      not_enforced(place, "", name, "not supported");
    } else if (work.replaced && !described) {
      not_enforced(place, "", name, "draft 7 ignores what stands beside $ref");
    } else if (keyword.meaning == Meaning::kUnknown) {
      not_enforced(place, "", name, "not a keyword of JSON Schema");
    } else if (keyword.meaning == Meaning::kIgnored) {
      not_enforced(place, "", name, "not a keyword of this draft");
    } else if (keyword.assertion && !work.assertions) {
      not_enforced(place, "", name, "the meta-schema does without it");
    } else if (name == "format" && !options_.assert_formats) {
      not_enforced(place, "", name, "an annotation");
    }
  }
}

}  // namespace pointsman::json::schema
