#include "json/schema/keywords.h"

#include <algorithm>
#include <array>

namespace pointsman::json::schema {
namespace {

constexpr unsigned k7 = 1, k19 = 2, k20 = 4, kNewer = k19 | k20, kOlder = k7 | k19, kEvery = 7;

struct Entry {
  std::string_view name;
  Shape shape = Shape::kPlain;
  Meaning meaning = Meaning::kEnforced;
  unsigned dialects = kEvery;
  bool assertion = false;
};

constexpr bool kAsserts = true;

// Draft 7: json-schema.org/draft-07/schema; 2019-09 and 2020-12: the vocabularies under
// json-schema.org/draft/<year>/meta. In the order of their names.
constexpr Entry kTable[] = {
    {"$anchor", Shape::kPlain, Meaning::kCore, kNewer},
    {"$comment", Shape::kPlain, Meaning::kAnnotation},
    {"$defs", Shape::kMap, Meaning::kCore, kEvery},  // refers to nothing by itself: harmless in draft 7
    {"$dynamicAnchor", Shape::kPlain, Meaning::kCore, k20},
    {"$dynamicRef", Shape::kPlain, Meaning::kCore, k20},
    {"$id", Shape::kPlain, Meaning::kCore},
    {"$recursiveAnchor", Shape::kPlain, Meaning::kCore, k19},
    {"$recursiveRef", Shape::kPlain, Meaning::kCore, k19},
    {"$ref", Shape::kPlain, Meaning::kCore},
    {"$schema", Shape::kPlain, Meaning::kCore},
    {"$vocabulary", Shape::kPlain, Meaning::kCore, kNewer},
    {"additionalItems", Shape::kSchema, Meaning::kEnforced, kOlder},
    {"additionalProperties", Shape::kSchema},
    {"allOf", Shape::kList},
    {"anyOf", Shape::kList},
    {"const", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"contains", Shape::kSchema},
    {"contentEncoding", Shape::kPlain, Meaning::kAnnotation},
    {"contentMediaType", Shape::kPlain, Meaning::kAnnotation},
    {"contentSchema", Shape::kPlain, Meaning::kAnnotation},
    {"default", Shape::kPlain, Meaning::kAnnotation},
    {"definitions", Shape::kMap, Meaning::kCore},
    {"dependencies", Shape::kMixedMap, Meaning::kEnforced, k7},
    {"dependentRequired", Shape::kPlain, Meaning::kEnforced, kNewer, kAsserts},
    {"dependentSchemas", Shape::kMap, Meaning::kEnforced, kNewer},
    {"deprecated", Shape::kPlain, Meaning::kAnnotation},
    {"description", Shape::kPlain, Meaning::kAnnotation},
    {"else", Shape::kSchema},
    {"enum", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"examples", Shape::kPlain, Meaning::kAnnotation},
    {"exclusiveMaximum", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"exclusiveMinimum", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"format", Shape::kPlain, Meaning::kEnforced},
    {"if", Shape::kSchema},
    {"items", Shape::kSchemaOrList},
    {"maxContains", Shape::kPlain, Meaning::kEnforced, kNewer, kAsserts},
    {"maxItems", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"maxLength", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"maxProperties", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"maximum", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"minContains", Shape::kPlain, Meaning::kEnforced, kNewer, kAsserts},
    {"minItems", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"minLength", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"minProperties", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"minimum", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"multipleOf", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"not", Shape::kSchema},
    {"oneOf", Shape::kList},
    {"pattern", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"patternProperties", Shape::kMap},
    {"prefixItems", Shape::kList, Meaning::kEnforced, k20},
    {"properties", Shape::kMap},
    {"propertyNames", Shape::kSchema},
    {"readOnly", Shape::kPlain, Meaning::kAnnotation},
    {"required", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"then", Shape::kSchema},
    {"title", Shape::kPlain, Meaning::kAnnotation},
    {"type", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"unevaluatedItems", Shape::kSchema, Meaning::kEnforced, kNewer},
    {"unevaluatedProperties", Shape::kSchema, Meaning::kEnforced, kNewer},
    {"uniqueItems", Shape::kPlain, Meaning::kEnforced, kEvery, kAsserts},
    {"writeOnly", Shape::kPlain, Meaning::kAnnotation},
};
static_assert(std::ranges::is_sorted(kTable, {}, &Entry::name));

}  // namespace

Keyword find_keyword(std::string_view name, Dialect dialect) {
  const auto* const found = std::ranges::lower_bound(kTable, name, {}, &Entry::name);
  if (found == std::end(kTable) || found->name != name) return {};
  if ((found->dialects & (1U << static_cast<unsigned>(dialect))) == 0) return {Shape::kPlain, Meaning::kIgnored, false};
  Shape shape = found->shape;
  if (name == "items" && dialect == Dialect::k2020) shape = Shape::kSchema;
  return {shape, found->meaning, found->assertion};
}

}  // namespace pointsman::json::schema
