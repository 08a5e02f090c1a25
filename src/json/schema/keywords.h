// The keywords of JSON Schema by dialect: which of them hold schemas and where, which constrain, which only describe.
//
// A constant table. A keyword that its dialect does not know is ignored by JSON Schema; we tell so to whoever compiles.
#pragma once

#include <cstdint>
#include <string_view>

namespace pointsman::json::schema {

enum class Dialect : std::uint8_t { kDraft7, k2019, k2020 };

// Where a keyword's value holds schemas.
enum class Shape : std::uint8_t {
  kPlain,         // nowhere
  kSchema,        // the value is one
  kList,          // each item is one
  kMap,           // each member is one
  kSchemaOrList,  // `items` before 2020-12
  kMixedMap,      // `dependencies`: each member is one or a list of names
};

enum class Meaning : std::uint8_t {
  kUnknown,
  kEnforced,    // by us
  kIgnored,     // constrains in another dialect, not in this one
  kAnnotation,  // describes
  kCore,        // names and refers
};

struct Keyword {
  Shape shape = Shape::kPlain;
  Meaning meaning = Meaning::kUnknown;
  bool assertion = false;  // of the validation vocabulary, which a meta-schema can switch off
};

Keyword find_keyword(std::string_view name, Dialect dialect);

}  // namespace pointsman::json::schema
