// The declarative table of all configuration keys: name, type, default, one line of documentation, where the value
// goes. Reading, suggestions, the JSON Schema, the commented file of `init`, the reference page and the dump of the
// effective configuration are all driven by it, so they cannot disagree. Static data.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/money.h"
#include "config/config.h"

namespace pointsman::config {

enum class Type : std::uint8_t {
  kString,
  kSecret,
  kInteger,
  kWorkers,  // "auto" (0) or a number
  kBoolean,
  kDuration,
  kSize,
  kShare,        // 10% or 0.1
  kFactor,       // likewise, up to 1000%
  kProbability,  // above 0, at most 1
  kPrice,        // dollars per million tokens
  kMoney,        // dollars
  kUrl,
  kAddress,
  kFile,        // path of a readable file, relative to the configuration
  kPath,        // path that need not exist yet
  kClassifier,  // "builtin", "none" or a kFile
  kChoice,      // one of Key::choices
  kStrings,
  kChoices,  // several of Key::choices
  kHeaders,
  kSection,
  kNamedSections,  // a map from a name to a section
  kSectionList,
};

// What a scalar or list key holds; choices are their positions in Key::choices.
using Value =
    std::variant<std::string, base::Secret, std::int64_t, double, bool, Milliseconds, base::TokenPrice, base::Money,
                 Url, Address, std::vector<std::string>, std::vector<std::int64_t>, std::vector<Header>>;

struct Section;

struct Child {
  std::string name;
  const void* object;
};

// The functions take the object that owns the member the key stands for: a Config, a LimitsConfig, ...
struct Key {
  std::string_view name;
  Type type = Type::kString;
  // As one would write it in the file; empty: none; "(...)": explained, not literal.
  std::string_view fallback;
  std::string_view doc;
  std::span<const std::string_view> choices = {};
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool required = false;
  // Only another way to write something else; not part of the effective configuration.
  bool shorthand = false;
  const Section* section = nullptr;

  void (*set)(void* object, Value value) = nullptr;
  std::optional<Value> (*get)(const void* object) = nullptr;
  // For sections: makes (or finds) the object a map stands for; and all that are there.
  void* (*enter)(void* object, std::string_view name) = nullptr;
  std::vector<Child> (*children)(const void* object) = nullptr;

  constexpr Key between(std::int64_t low, std::int64_t high) const {
    Key key = *this;
    key.min = low;
    key.max = high;
    return key;
  }
  constexpr Key from(std::span<const std::string_view> all) const {
    Key key = *this;
    key.choices = all;
    return key;
  }
  constexpr Key must() const {
    Key key = *this;
    key.required = true;
    return key;
  }
  constexpr Key only_shorthand() const {
    Key key = *this;
    key.shorthand = true;
    return key;
  }
};

struct Section {
  std::string_view title;  // "provider"; also the name of its definition in the JSON Schema
  std::string_view doc;
  std::span<const Key> keys;
  // The key a lone scalar stands for ("listen: 127.0.0.1:8080"); empty: none.
  std::string_view scalar_key = {};

  const Key* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

// The whole file; its object is a Config.
const Section& root_section();

}  // namespace pointsman::config
