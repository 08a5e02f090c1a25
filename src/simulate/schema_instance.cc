#include "simulate/schema_instance.h"

#include <algorithm>
#include <cmath>

#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::int64_t kMaxItems = 16;
constexpr std::int64_t kMaxLength = 4096;

constexpr std::string_view kWords[] = {"amber", "bridge", "cedar", "delta", "ember", "fjord", "garnet", "harbor"};

class Maker {
 public:
  Maker(element root, base::Rng& rng) : root_(root), rng_(rng) {}

  void make(element schema, int depth, std::string& out) {
    object members;
    if (depth > kMaxDepth || out.size() > kMaxBytes || schema.get(members) != simdjson::SUCCESS) {
      out += "null";
      return;
    }
    element found;
    if (follow(members, found)) return make(found, depth + 1, out);
    array values;
    if (members["enum"].get(values) == simdjson::SUCCESS && values.size() > 0) {
      out += simdjson::minify(values.at(rng_.below(values.size())).value_unsafe());
      return;
    }
    if (members["const"].get(found) == simdjson::SUCCESS) {
      out += simdjson::minify(found);
      return;
    }
    make_typed(type_of(members), members, depth, out);
  }

 private:
  // What the schema defers to: a local reference or the first branch.
  bool follow(object members, element& to) const {
    std::string_view reference;
    if (members["$ref"].get(reference) == simdjson::SUCCESS && reference.starts_with('#')) {
      if (reference == "#") {
        to = root_;
        return true;
      }
      return root_.at_pointer(reference.substr(1)).get(to) == simdjson::SUCCESS;
    }
    for (const char* key : {"anyOf", "oneOf", "allOf"}) {
      array branches;
      if (members[key].get(branches) == simdjson::SUCCESS && branches.at(0).get(to) == simdjson::SUCCESS) return true;
    }
    return false;
  }

  static std::string_view type_of(object members) {
    std::string_view type;
    element listed;
    if (members["type"].get(type) == simdjson::SUCCESS) return type;
    array types;
    if (members["type"].get(types) == simdjson::SUCCESS && types.at(0).get(type) == simdjson::SUCCESS) return type;
    if (members["properties"].get(listed) == simdjson::SUCCESS) return "object";
    if (members["items"].get(listed) == simdjson::SUCCESS) return "array";
    return "string";
  }

  static std::int64_t bound(object members, const char* key, std::int64_t otherwise) {
    double value = 0;
    if (members[key].get(value) != simdjson::SUCCESS || !(std::abs(value) < 1e15)) return otherwise;
    return static_cast<std::int64_t>(std::ceil(value));
  }

  void make_typed(std::string_view type, object members, int depth, std::string& out) {
    if (type == "object") {
      make_object(members, depth, out);
    } else if (type == "array") {
      make_array(members, depth, out);
    } else if (type == "boolean") {
      out += rng_.below(2) == 0 ? "false" : "true";
    } else if (type == "integer" || type == "number") {
      make_number(members, out);
    } else if (type == "null") {
      out += "null";
    } else {
      make_string(members, out);
    }
  }

  void make_object(object members, int depth, std::string& out) {
    object properties;
    out += '{';
    if (members["properties"].get(properties) == simdjson::SUCCESS) {
      bool first = true;
      for (const auto property : properties) {
        if (!std::exchange(first, false)) out += ',';
        append_json_string(out, property.key);
        out += ':';
        make(property.value, depth + 1, out);
      }
    }
    out += '}';
  }

  void make_array(object members, int depth, std::string& out) {
    element items;
    out += '[';
    if (members["items"].get(items) == simdjson::SUCCESS) {
      const std::int64_t most = std::min(bound(members, "maxItems", kMaxItems), kMaxItems);
      const std::int64_t count = std::min(std::max<std::int64_t>(bound(members, "minItems", 1), 1), most);
      for (std::int64_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        make(items, depth + 1, out);
      }
    }
    out += ']';
  }

  void make_number(object members, std::string& out) {
    constexpr std::int64_t kFar = 1'000'000'000'000'000;
    std::int64_t least = std::max(bound(members, "minimum", -kFar), bound(members, "exclusiveMinimum", -kFar - 1) + 1);
    std::int64_t most = std::min(bound(members, "maximum", kFar), bound(members, "exclusiveMaximum", kFar + 1) - 1);
    if (least == -kFar) least = std::min<std::int64_t>(0, most);
    most = std::min(most, least + 9);
    const std::int64_t range = std::max<std::int64_t>(most - least, 0) + 1;
    out += std::to_string(least + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(range))));
  }

  void make_string(object members, std::string& out) {
    std::string text(kWords[rng_.below(std::size(kWords))]);
    const auto least =
        static_cast<std::size_t>(std::clamp<std::int64_t>(bound(members, "minLength", 0), 0, kMaxLength));
    while (text.size() < least) text += text.substr(0, least - text.size());
    const std::int64_t most = bound(members, "maxLength", kMaxLength);
    if (most >= 0 && text.size() > static_cast<std::size_t>(most)) text.resize(static_cast<std::size_t>(most));
    append_json_string(out, text);
  }

  element root_;
  base::Rng& rng_;
};

}  // namespace

std::string instance_of(element schema, base::Rng& rng) {
  std::string out;
  Maker(schema, rng).make(schema, 0, out);
  return out;
}

}  // namespace pointsman::simulate
