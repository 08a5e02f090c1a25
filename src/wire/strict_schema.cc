#include "wire/strict_schema.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "wire/json_value.h"

namespace pointsman::wire {
namespace {

// Names and values may have 120,000 characters (the same guide). A bound on our work, too: every level of nesting is
// walked a few times more than the one above.
constexpr std::size_t kLongest = std::size_t{256} << 10;

// Those that hold schemas, and what matters of an object, come first.
enum Keyword : std::size_t { kType, kProperties, kRequired, kAdditional, kItems, kAnyOf, kDefs, kDefinitions };
constexpr std::array<std::string_view, 23> kKeywords = {"type",     "properties",
                                                        "required", "additionalProperties",
                                                        "items",    "anyOf",
                                                        "$defs",    "definitions",
                                                        "$ref",     "enum",
                                                        "const",    "title",
                                                        "format",   "description",
                                                        "pattern",  "multipleOf",
                                                        "minimum",  "exclusiveMinimum",
                                                        "maximum",  "exclusiveMaximum",
                                                        "$schema",  "minItems",
                                                        "maxItems"};

bool is_object_schema(const JsonValue& type) {
  bool object = type.is("object");
  type.elements([&object](const JsonValue& one, std::uint64_t) { object = object || one.is("object"); });
  return object;
}

// Of equal sets, in whatever order they were written.
bool demands_all(const JsonValue& properties, const JsonValue& required) {
  std::vector<std::string> names, demanded;
  properties.members(
      [&names](const json::RawString& name, const JsonValue&) { json::unescape(name.raw, names.emplace_back()); });
  required.elements([&demanded](const JsonValue& one, std::uint64_t) { demanded.push_back(one.string()); });
  std::ranges::sort(names);
  std::ranges::sort(demanded);
  return names == demanded;
}

// Documents are at most json::kMaxDepth deep, and so is this.
bool is_strict(const JsonValue& schema) {
  if (!schema.is_object()) return false;
  bool strict = true;
  const auto all = members_of(schema, kKeywords, [&strict](const auto&, const auto&, bool) { strict = false; });
  if (is_object_schema(all[kType]) || all[kProperties]) {
    strict = strict && all[kAdditional].boolean() == false && demands_all(all[kProperties], all[kRequired]);
  }
  for (const Keyword keyword : {kProperties, kDefs, kDefinitions}) {
    all[keyword].members(
        [&strict](const json::RawString&, const JsonValue& one) { strict = strict && is_strict(one); });
  }
  all[kAnyOf].elements([&strict](const JsonValue& one, std::uint64_t) { strict = strict && is_strict(one); });
  return strict && (!all[kItems] || is_strict(all[kItems]));
}

}  // namespace

bool is_strict_schema(std::string_view schema) {
  if (schema.size() > kLongest) return false;
  json::Document document;
  const auto root = JsonValue::open(schema, document);
  if (!root) return false;
  constexpr std::array<std::string_view, 2> kRoot = {"type", "anyOf"};
  const auto at_root = members_of(*root, kRoot);
  return at_root[0].is("object") && !at_root[1] && is_strict(*root);
}

std::optional<bool> strict_of(const llm::ResponseFormat& format, LossSet& losses) {
  if (format.strict || !format.guaranteed) return format.strict;
  if (is_strict_schema(format.schema)) return true;
  losses.minor("response_format: the guarantee of its schema");
  return std::nullopt;
}

}  // namespace pointsman::wire
