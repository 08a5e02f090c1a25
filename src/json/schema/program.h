// The compiled form of a schema: numbered rules, each with what it demands of a value of each kind.
//
// Plain immutable data, built by the Compiler, walked by the PrefixValidator. A rule combines other rules "in place"
// (for the same value); a rule of Combine::kAll may also demand something itself and hold rules for items and members.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/schema.h"
#include "json/schema/decimal.h"
#include "json/schema/library.h"
#include "json/schema/pattern.h"
#include "json/schema/value_kind.h"

namespace pointsman::json::schema {

using RuleId = std::uint32_t;
inline constexpr RuleId kNoRule = ~RuleId{0};
inline constexpr RuleId kAcceptAll = 0;  // the rule that demands nothing
inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

enum class Combine : std::uint8_t {
  kAll,          // what the rule demands, and every one of in_place
  kAny,          // at least one of in_place
  kOne,          // exactly one
  kNot,          // in_place[0] is not met
  kIf,           // in_place[1] if in_place[0] is met, else in_place[2]
  kWhenPresent,  // in_place[0] if the object has the member `name`
  kDynamic,      // what the $dynamicAnchor `name` means in the outermost resource; in_place[0] without one
};

// enum and const. Each list is sorted.
struct AllowedValues {
  std::string_view keyword;
  KindSet kinds = 0;
  std::vector<std::string> strings;
  std::vector<std::string> numbers;     // canonical
  std::vector<std::string> containers;  // canonical
};

struct NumberRule {
  std::optional<Decimal> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<Divisor> multiple_of;
  bool whole = false;  // the type is integer
};

struct StringRule {
  std::uint64_t min_length = 0;
  std::uint64_t max_length = kNoLimit;
  static constexpr std::size_t kMaxPatterns = 2;
  std::vector<std::pair<const Pattern*, std::string_view>> patterns;  // with the keyword: pattern or format
};

struct ArrayRule {
  std::vector<RuleId> prefix;
  RuleId rest = kNoRule;  // of the items behind the prefix
  std::string_view rest_keyword;
  RuleId contains = kNoRule;
  std::uint64_t min_contains = 1;
  std::uint64_t max_contains = kNoLimit;
  std::uint64_t min_items = 0;
  std::uint64_t max_items = kNoLimit;
  RuleId unevaluated = kNoRule;
  bool contains_evaluates = false;  // 2020-12
  bool unique = false;
};

struct ObjectRule {
  // Every name the rule knows, sorted.
  struct Name {
    std::string_view text;
    RuleId rule = kNoRule;
    std::uint32_t seen = kNotTracked;  // the number of its bit among the names seen
  };
  static constexpr std::uint32_t kNotTracked = ~std::uint32_t{0};
  struct Dependent {
    std::uint32_t seen = 0;
    std::vector<std::uint32_t> required;
    std::string_view keyword;
  };
  std::vector<Name> names;
  std::vector<std::pair<const Pattern*, RuleId>> patterns;
  RuleId additional = kNoRule;
  RuleId property_names = kNoRule;
  RuleId unevaluated = kNoRule;
  std::uint64_t min_properties = 0;
  std::uint64_t max_properties = kNoLimit;
  std::vector<std::uint64_t> required;  // a bit for each tracked name, as many words as there are tracked names
  std::vector<Dependent> dependents;

  const Name* find(std::string_view name) const;
};

struct Rule {
  Combine combine = Combine::kAll;
  KindSet types = kAllKinds;
  KindSet uncertain = 0;  // kinds for which something here is not enforced: met only means "perhaps met"
  Place place;
  Library::ResourceId resource = 0;
  std::string_view keyword;  // that combines, or of a schema `false`
  std::string_view name;
  std::vector<RuleId> in_place;
  std::unique_ptr<AllowedValues> allowed;
  std::unique_ptr<NumberRule> number;
  std::unique_ptr<StringRule> string;
  std::unique_ptr<ArrayRule> array;
  std::unique_ptr<ObjectRule> object;

  bool demands_nothing() const {
    return combine == Combine::kAll && types == kAllKinds && uncertain == 0 && in_place.empty() && !allowed &&
           !number && !string && !array && !object;
  }
  bool accepts_nothing() const { return types == 0; }
};

struct Program {
  struct DynamicAnchor {
    std::string_view name;
    Library::ResourceId resource = 0;
    RuleId rule = kNoRule;
  };

  std::vector<Rule> rules;
  RuleId root = kAcceptAll;
  bool collects = false;                       // some unevaluatedItems or unevaluatedProperties
  std::vector<DynamicAnchor> dynamic_anchors;  // sorted by name, then resource
  std::vector<std::unique_ptr<const Pattern>> patterns;
  std::vector<std::unique_ptr<const SchemaDocument>> documents;  // texts of the rules point into them
  std::vector<Unenforced> unenforced;

  // kNoRule if the resource has no such anchor.
  RuleId dynamic_anchor(std::string_view name, Library::ResourceId resource) const;
  std::string pointer(Place place) const;
};

}  // namespace pointsman::json::schema
