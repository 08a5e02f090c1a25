// Turns schemas into rules: one rule for each schema that can be reached from the root, found by a list of places still
// to do, so that no schema makes the compiler recurse.
//
// Used once, by Schema::compile. The families of keywords stand in files of their own (compile_*.cc).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/schema/library.h"
#include "json/schema/program.h"

namespace pointsman::json::schema {

class Compiler {
 public:
  Compiler(Library& library, const SchemaOptions& options) : library_(library), options_(options) {}

  // Everything reachable from the library's first document. kInvalidArgument or kNotFound at the pointer in the schema;
  // kTooLarge.
  base::Result<std::unique_ptr<Program>> run();

 private:
  // One schema on its way to become a rule.
  struct Work {
    Place place;
    const Tree& tree;
    Dialect dialect = Dialect::k2020;
    bool assertions = true;
    bool replaced = false;  // draft 7: beside $ref nothing counts
    Rule rule;
  };

  base::Result<RuleId> rule_at(Place place);
  base::Result<RuleId> new_rule();
  base::Result<void> drain();
  base::Result<void> dynamic_anchors();
  base::Result<void> compile(Place place, RuleId id);
  std::string_view false_keyword(Place place) const;

  // The value of a keyword that this schema's dialect enforces, or kNone.
  Tree::Id value(const Work& work, std::string_view keyword) const;
  base::Error wrong(const Work& work, std::string_view keyword, std::string message) const;
  base::Result<std::optional<std::uint64_t>> natural(const Work& work, std::string_view keyword) const;
  base::Result<std::optional<Decimal>> number(const Work& work, std::string_view keyword) const;
  base::Result<RuleId> child(const Work& work, std::string_view keyword);
  base::Result<std::vector<RuleId>> children(const Work& work, std::string_view keyword, Tree::Id list);
  base::Result<const Pattern*> pattern(Work& work, std::string_view keyword, Tree::Id at, std::string_view expression);
  void not_enforced(Place place, std::string_view pointer_suffix, std::string_view keyword, std::string why);

  base::Result<void> references(Work& work);
  base::Result<void> dynamic_reference(Work& work);
  base::Result<void> combinations(Work& work);
  base::Result<void> combination(Work& work, std::string_view keyword, Combine combine);
  base::Result<void> condition(Work& work);
  void note_keywords(Work& work);

  base::Result<void> types(Work& work);
  base::Result<void> type_name(Work& work, Tree::Id name, bool& integer);
  base::Result<void> allowed_values(Work& work);
  base::Result<void> numbers(Work& work);
  base::Result<void> strings(Work& work);

  base::Result<void> arrays(Work& work);
  base::Result<void> items(Work& work, ArrayRule& array);
  base::Result<void> contains(Work& work, ArrayRule& array);

  class Names;
  base::Result<void> objects(Work& work);
  base::Result<void> properties(Work& work, Names& names);
  base::Result<void> required(Work& work, Names& names, ObjectRule& object);
  base::Result<void> dependencies(Work& work, Names& names, ObjectRule& object, std::string_view keyword);
  base::Result<void> when_present(Work& work, Tree::Id member, std::string_view keyword);
  base::Result<void> pattern_properties(Work& work, ObjectRule& object);
  base::Result<void> other_properties(Work& work, ObjectRule& object);

  Library& library_;
  const SchemaOptions& options_;
  std::unique_ptr<Program> program_ = std::make_unique<Program>();
  std::map<Place, RuleId> known_;
  std::vector<std::pair<Place, RuleId>> todo_;
  std::map<std::string, const Pattern*, std::less<>> patterns_;  // nullptr: not supported
  std::map<std::string, std::string, std::less<>> why_not_;      // of those
  std::size_t automata_budget_ = 2'000'000;                      // of all patterns together
  bool uses_dynamic_ = false;
};

// Replaces rules that only pass on to another, makes one of all that demand nothing, and refuses rules that combine
// themselves with themselves in place. `same_resource_only`: a rule may stand for another only within its resource.
base::Result<void> simplify(Program& program, bool same_resource_only);

}  // namespace pointsman::json::schema
