#include "config/describe.h"

#include <array>
#include <boost/json.hpp>

#include "base/hash.h"
#include "config/json_text.h"
#include "config/reader.h"
#include "config/schema.h"
#include "config/shared_version.h"
#include "config/value_parse.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;

// Sections that may differ between replicas that answer alike. What is new counts until it stands here.
constexpr std::array<std::string_view, 7> kOfOneReplica = {"listen",    "listeners", "admin", "workers",
                                                           "telemetry", "shared",    "log"};

enum class Secrets : std::uint8_t { kHint, kOnlyWhetherSet };

json::array names_json(const Key& key, const Value& value) {
  json::array out;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& text : *texts) out.emplace_back(text);
  } else {
    for (const std::int64_t one : std::get<std::vector<std::int64_t>>(value)) {
      out.emplace_back(json::string_view(key.choices[static_cast<std::size_t>(one)]));
    }
  }
  return out;
}

std::string shown(const base::Secret& secret, Secrets secrets) {
  return secrets == Secrets::kHint ? secret.hint() : "(set)";
}

json::value value_json(const Key& key, const Value& value, Secrets secrets) {
  switch (key.type) {
    case Type::kStrings:
    case Type::kChoices:
      return names_json(key, value);
    case Type::kHeaders: {
      json::object out;
      for (const Header& header : std::get<std::vector<Header>>(value)) out[header.name] = shown(header.value, secrets);
      return out;
    }
    case Type::kSecret:
      return json::value(shown(std::get<base::Secret>(value), secrets));
    case Type::kInteger:
      return std::get<std::int64_t>(value);
    case Type::kBoolean:
      return std::get<bool>(value);
    case Type::kProbability:
      return std::get<double>(value);
    default:
      return json::value(format_value(key, value));
  }
}

bool is_empty_list(const json::value& value) {
  return (value.is_array() && value.get_array().empty()) || (value.is_object() && value.get_object().empty());
}

json::object section_json(const Section& section, const void* object, Secrets secrets);

json::value children_json(const Key& key, const void* object, Secrets secrets) {
  const std::vector<Child> children = key.children(object);
  if (key.type == Type::kSection) {
    return children.empty() ? json::value(nullptr) : section_json(*key.section, children.front().object, secrets);
  }
  if (key.type == Type::kSectionList) {
    json::array out;
    for (const Child& child : children) out.push_back(section_json(*key.section, child.object, secrets));
    return out;
  }
  json::object out;
  for (const Child& child : children) out[child.name] = section_json(*key.section, child.object, secrets);
  return out;
}

json::object section_json(const Section& section, const void* object, Secrets secrets) {
  json::object out;
  for (const Key& key : section.keys) {
    if (key.shorthand) continue;
    if (key.section != nullptr) {
      json::value nested = children_json(key, object, secrets);
      if (!nested.is_null() && !is_empty_list(nested)) out[key.name] = std::move(nested);
      continue;
    }
    const std::optional<Value> value = key.get(object);
    if (!value) continue;
    json::value text = value_json(key, *value, secrets);
    // A set without members says "plain chat only"; other empty lists say nothing.
    if (!is_empty_list(text) || key.type == Type::kChoices) out[key.name] = std::move(text);
  }
  return out;
}

void gather(const Section& section, const void* object, const std::string& path, std::vector<DescribedValue>& out);

void gather_children(const Key& key, const void* object, const std::string& path, std::vector<DescribedValue>& out) {
  std::size_t at = 0;
  for (const Child& child : key.children(object)) {
    if (key.type == Type::kSectionList) {
      gather(*key.section, child.object, index_path(path, at++), out);
    } else {
      gather(*key.section, child.object, key.type == Type::kSection ? path : join_path(path, child.name), out);
    }
  }
}

void gather(const Section& section, const void* object, const std::string& path, std::vector<DescribedValue>& out) {
  for (const Key& key : section.keys) {
    if (key.shorthand) continue;
    const std::string own = join_path(path, key.name);
    if (key.section != nullptr) {
      gather_children(key, object, own, out);
      continue;
    }
    const std::optional<Value> value = key.get(object);
    if (!value) continue;
    if (const auto* headers = std::get_if<std::vector<Header>>(&*value)) {
      for (const Header& one : *headers) out.push_back({join_path(own, one.name), one.value.hint(), true, false});
      continue;
    }
    const json::value shown = value_json(key, *value, Secrets::kHint);
    if (is_empty_list(shown) && key.type != Type::kChoices) continue;
    const std::string text = shown.is_string() ? std::string(shown.get_string()) : canonical_json(shown);
    out.push_back({own, text, key.type == Type::kSecret, text == key.fallback});
  }
}

}  // namespace

std::vector<DescribedValue> describe_values(const Config& config) {
  std::vector<DescribedValue> out;
  gather(root_section(), &config, "", out);
  return out;
}

std::string describe_json(const Config& config) {
  return indented_json(section_json(root_section(), &config, Secrets::kHint));
}

std::string describe_yaml(const Config& config) {
  return block_yaml(section_json(root_section(), &config, Secrets::kHint));
}

void set_version(Config& config) {
  config.version = base::sha256_hex(canonical_json(section_json(root_section(), &config, Secrets::kOnlyWhetherSet)));
}

std::string shared_version(const Config& config) {
  json::object all = section_json(root_section(), &config, Secrets::kOnlyWhetherSet);
  for (const std::string_view own : kOfOneReplica) all.erase(own);
  if (json::value* const ledger = all.if_contains("ledger")) ledger->as_object().erase("path");
  return base::sha256_hex(canonical_json(all));
}

}  // namespace pointsman::config
