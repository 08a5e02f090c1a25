#include "config/json_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "config/json_text.h"
#include "config/schema.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;

// Any scalar may be filled in from outside, and then its text is not known yet.
constexpr std::string_view kReference = "\\$\\{";

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

json::object pattern(std::string_view expression) {
  return {{"type", "string"}, {"pattern", view(fmt::format("{}|{}", expression, kReference))}};
}

json::object number_or(json::object number, std::string_view expression) {
  return {{"anyOf", json::array{std::move(number), pattern(expression)}}};
}

json::object choice(const Key& key) {
  json::array names;
  for (const std::string_view name : key.choices) names.emplace_back(view(name));
  return {{"anyOf", json::array{json::object{{"enum", std::move(names)}}, pattern("^$")}}};
}

json::object list_of(json::object items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

json::object reference(const Section& section) {
  return {{"$ref", view(fmt::format("#/$defs/{}", section.title))}};
}

json::object nested_schema(const Key& key) {
  if (key.type == Type::kSection) return reference(*key.section);
  if (key.type == Type::kSectionList) {
    json::object list = list_of(reference(*key.section));
    list["type"] = json::array{"array", "null"};
    list["minItems"] = 1;
    return list;
  }
  return {{"type", json::array{"object", "null"}}, {"additionalProperties", reference(*key.section)}};
}

json::object text_schema(const Key& key) {
  if (key.type == Type::kString) return {{"type", json::array{"string", "number", "boolean"}}, {"minLength", 1}};
  return {{"type", "string"}, {"minLength", 1}};
}

json::object bounded_integer(const Key& key) {
  json::object number = {{"type", "integer"}, {"minimum", key.min}};
  if (key.max != std::numeric_limits<std::int64_t>::max()) number["maximum"] = key.max;
  return number;
}

json::object list_schema(const Key& key) {
  json::object list = list_of(key.type == Type::kChoices ? choice(key) : text_schema(Key{.type = Type::kString}));
  if (key.name != "capabilities") list["minItems"] = 1;
  if (key.type == Type::kChoices) list["uniqueItems"] = true;
  return list;
}

json::object type_schema(const Key& key) {
  switch (key.type) {
    case Type::kInteger:
      return number_or(bounded_integer(key), "^[0-9]+$");
    case Type::kWorkers:
      return number_or(bounded_integer(key), "^(auto|[0-9]+)$");
    case Type::kBoolean:
      return {{"anyOf", json::array{json::object{{"type", "boolean"}}, pattern("^(true|false)$")}}};
    case Type::kDuration:
      return pattern("^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$");
    case Type::kSize:
      return number_or({{"type", "integer"}, {"minimum", key.min}}, "^[0-9]+(\\.[0-9]+)?([kKMGT]?B|[KMGT]iB)?$");
    case Type::kShare:
      return number_or({{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, "^[0-9.]+%?$");
    case Type::kFactor:
      return number_or({{"type", "number"}, {"minimum", 0}, {"maximum", 10}}, "^[0-9.]+%?$");
    case Type::kProbability:
      return number_or({{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}, "^[01]?\\.?[0-9]*$");
    case Type::kPrice:
      return number_or({{"type", "number"}, {"minimum", 0}}, "^[0-9]+(\\.[0-9]{1,6})?$");
    case Type::kMoney:
      return number_or({{"type", "number"}, {"minimum", 0}}, "^[0-9]+(\\.[0-9]{1,9})?$");
    case Type::kUrl:
      return pattern("^https?://");
    case Type::kAddress:
      return pattern(":[0-9]+$");
    case Type::kChoice:
      return choice(key);
    case Type::kStrings:
    case Type::kChoices:
      return list_schema(key);
    case Type::kHeaders:
      return {{"type", json::array{"object", "null"}},
              {"additionalProperties", text_schema(Key{.type = Type::kString})}};
    default:
      return text_schema(key);
  }
}

json::object key_schema(const Key& key) {
  json::object out = {{"description", view(key.doc)}};
  json::object rest = key.section != nullptr ? nested_schema(key) : type_schema(key);
  for (json::key_value_pair& member : rest) out[member.key()] = std::move(member.value());
  if (!key.fallback.empty() && !key.fallback.starts_with('(')) {
    out["description"] = view(fmt::format("{} Default: {}", key.doc, key.fallback));
  }
  return out;
}

json::object section_schema(const Section& section) {
  json::object properties;
  json::array required;
  for (const Key& key : section.keys) {
    properties[view(key.name)] = key_schema(key);
    if (key.required) required.emplace_back(view(key.name));
  }
  json::object out = {{"type", required.empty() ? json::value(json::array{"object", "null"}) : json::value("object")},
                      {"properties", std::move(properties)},
                      {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  if (section.scalar_key.empty()) return out;
  return {{"anyOf", json::array{std::move(out), type_schema(*section.find(section.scalar_key))}}};
}

void define(const Section& section, json::object& definitions) {
  for (const Key& key : section.keys) {
    if (key.section == nullptr || definitions.contains(view(key.section->title))) continue;
    definitions[view(key.section->title)] = section_schema(*key.section);
    define(*key.section, definitions);
  }
}

}  // namespace

std::string json_schema() {
  json::object schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "pointsman.yaml"},
                         {"description", view(root_section().doc)}};
  for (json::key_value_pair& member : section_schema(root_section())) schema[member.key()] = std::move(member.value());
  json::object definitions;
  define(root_section(), definitions);
  schema["$defs"] = std::move(definitions);
  return indented_json(schema);
}

}  // namespace pointsman::config
