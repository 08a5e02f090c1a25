#include "config/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <re2/re2.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "config/defaults.h"
#include "config/describe.h"
#include "config/init.h"
#include "config/json_schema.h"
#include "config/reference.h"
#include "config/testing.h"
#include "config/value_parse.h"
#include "config/yaml_tree.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::StartsWith;

// A YAML node as an editor sees it: plain scalars that look like numbers or booleans are such.
json::value as_json(const YamlTree& tree, std::uint32_t id) {
  const YamlNode& node = tree[id];
  if (node.kind == YamlKind::kNull) return nullptr;
  if (node.kind == YamlKind::kScalar) {
    json::error_code error;
    json::value scalar = json::parse(node.text, error);
    return error || scalar.is_structured() ? json::value(node.text) : scalar;
  }
  if (node.kind == YamlKind::kSequence) {
    json::array out;
    for (const std::uint32_t item : node.items) out.push_back(as_json(tree, item));
    return out;
  }
  json::object out;
  for (std::size_t i = 0; i < node.items.size(); i += 2) {
    out[tree[node.items[i]].text] = as_json(tree, node.items[i + 1]);
  }
  return out;
}

// The part of JSON Schema that ours uses (draft 2020-12, core and validation). Empty when valid.
class Validator {
 public:
  explicit Validator(const json::value& root) : root_(root.get_object()) {}

  std::string check(const json::value& value) const { return check(root_, value, ""); }

 private:
  using Object = json::object;

  std::string check(const Object& schema, const json::value& value, const std::string& at) const {
    if (const auto* reference = schema.if_contains("$ref")) {
      const std::string name = std::string(reference->get_string()).substr(8);
      const std::string wrong = check(root_.at("$defs").at(name).get_object(), value, at);
      if (!wrong.empty()) return wrong;
    }
    if (const auto* any = schema.if_contains("anyOf")) {
      std::string all;
      for (const json::value& one : any->get_array()) {
        const std::string wrong = check(one.get_object(), value, at);
        if (wrong.empty()) return "";
        all += wrong;
      }
      return all;
    }
    if (const auto* type = schema.if_contains("type"); type != nullptr && !has_type(*type, value)) {
      return fmt::format("{}: type; ", at);
    }
    if (const auto* all = schema.if_contains("enum"); all != nullptr && !contains(all->get_array(), value)) {
      return fmt::format("{}: enum; ", at);
    }
    return check_scalar(schema, value, at) + check_object(schema, value, at) + check_list(schema, value, at);
  }

  static bool contains(const json::array& all, const json::value& value) {
    return std::ranges::find(all, value) != all.end();
  }

  static bool has_type(const json::value& type, const json::value& value) {
    if (const json::array* types = type.if_array()) {
      return std::ranges::any_of(*types, [&value](const json::value& one) { return has_type(one, value); });
    }
    const json::string& name = type.get_string();
    if (name == "object") return value.is_object();
    if (name == "array") return value.is_array();
    if (name == "string") return value.is_string();
    if (name == "boolean") return value.is_bool();
    if (name == "null") return value.is_null();
    return name == "integer" ? value.is_int64() || value.is_uint64() : value.is_number();
  }

  static std::string check_scalar(const Object& schema, const json::value& value, const std::string& at) {
    const auto* pattern = schema.if_contains("pattern");
    if (pattern != nullptr && value.is_string() &&
        !re2::RE2::PartialMatch(std::string(value.get_string()), std::string(pattern->get_string()))) {
      return fmt::format("{}: pattern; ", at);
    }
    const auto* minimum = schema.if_contains("minimum");
    const auto* maximum = schema.if_contains("maximum");
    if (minimum != nullptr && value.is_number() && value.to_number<double>() < minimum->to_number<double>()) {
      return fmt::format("{}: minimum; ", at);
    }
    if (maximum != nullptr && value.is_number() && value.to_number<double>() > maximum->to_number<double>()) {
      return fmt::format("{}: maximum; ", at);
    }
    return "";
  }

  std::string check_object(const Object& schema, const json::value& value, const std::string& at) const {
    const Object* object = value.if_object();
    if (object == nullptr) return "";
    std::string wrong;
    const auto* required = schema.if_contains("required");
    if (required != nullptr) {
      for (const json::value& name : required->get_array()) {
        if (!object->contains(name.get_string())) wrong += fmt::format("{}: required; ", at);
      }
    }
    const auto* properties = schema.if_contains("properties");
    const auto* others = schema.if_contains("additionalProperties");
    for (const json::key_value_pair& member : *object) {
      const std::string place = fmt::format("{}/{}", at, std::string(member.key()));
      const json::value* own = properties == nullptr ? nullptr : properties->get_object().if_contains(member.key());
      if (own == nullptr) own = others;
      if (own == nullptr) continue;
      wrong += own->is_bool() ? place + ": unknown; " : check(own->get_object(), member.value(), place);
    }
    return wrong;
  }

  std::string check_list(const Object& schema, const json::value& value, const std::string& at) const {
    const json::array* array = value.if_array();
    const auto* items = schema.if_contains("items");
    if (array == nullptr || items == nullptr) return "";
    std::string wrong;
    for (std::size_t i = 0; i < array->size(); ++i) {
      wrong += check(items->get_object(), (*array)[i], fmt::format("{}/{}", at, i));
    }
    return wrong;
  }

  const Object& root_;
};

std::string schema_verdict(std::string_view yaml) {
  const json::value schema = json::parse(json_schema());
  const auto tree = YamlTree::parse(yaml, "test");
  EXPECT_TRUE(tree);
  return tree ? Validator(schema).check(as_json(*tree, tree->root)) : "";
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// Set POINTSMAN_UPDATE_DOCS=1 to write the files instead of comparing them.
void expect_same_as_committed(const std::string& name, const std::string& content) {
  const std::string path = std::string(POINTSMAN_SOURCE_DIR) + "/docs/" + name;
  if (std::getenv("POINTSMAN_UPDATE_DOCS") != nullptr) std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(slurp(path), content) << "run config_test with POINTSMAN_UPDATE_DOCS=1 to write " << path;
}

void each_key(const Section& section, const std::function<void(const Section&, const Key&)>& call) {
  for (const Key& key : section.keys) {
    call(section, key);
    if (key.section != nullptr) each_key(*key.section, call);
  }
}

TEST(KeyTable, DefaultsAreThoseOfTheStructs) {
  Config config;
  config.listeners.emplace_back();
  config.admin.emplace();
  config.providers.emplace_back();
  config.models.emplace_back();
  config.categories.emplace_back();
  int compared = 0;
  const std::function<void(const Section&, const void*)> walk = [&](const Section& section, const void* object) {
    for (const Key& key : section.keys) {
      if (key.section != nullptr) {
        for (const Child& child : key.children(object)) walk(*key.section, child.object);
        continue;
      }
      const std::optional<Value> value = key.get(object);
      if (key.fallback.empty() || key.fallback.starts_with('(')) {
        const bool list = key.type == Type::kStrings || key.type == Type::kHeaders;
        EXPECT_TRUE(!value || list || key.type == Type::kUrl) << section.title << "." << key.name;
      } else if (key.type == Type::kChoices) {
        std::string documented;
        for (const std::int64_t choice : std::get<std::vector<std::int64_t>>(*value)) {
          documented += (documented.empty() ? "[" : ", ") + std::string(key.choices[static_cast<std::size_t>(choice)]);
        }
        EXPECT_EQ(documented + "]", key.fallback);
      } else {
        ASSERT_TRUE(value) << section.title << "." << key.name;
        const auto documented = parse_value(key, key.fallback);
        ASSERT_TRUE(documented) << section.title << "." << key.name;
        EXPECT_EQ(format_value(key, *value), format_value(key, *documented)) << section.title << "." << key.name;
        ++compared;
      }
    }
  };
  walk(root_section(), &config);
  EXPECT_GT(compared, 30);
}

TEST(KeyTable, EveryKeyIsDocumentedInASentenceAndSpelledAlike) {
  each_key(root_section(), [](const Section& section, const Key& key) {
    EXPECT_TRUE(key.doc.ends_with('.') && key.doc.size() > 10) << section.title << "." << key.name;
    EXPECT_TRUE(re2::RE2::FullMatch(std::string(key.name), "[a-z][a-z_]*")) << key.name;
    EXPECT_EQ(section.find(key.name), &key) << "twice: " << key.name;
  });
}

TEST(KeyTable, NamesCapabilitiesAsLlmDoes) {
  each_key(root_section(), [](const Section&, const Key& key) {
    if (key.name != "capabilities") return;
    for (std::size_t i = 0; i < key.choices.size(); ++i) {
      EXPECT_EQ(key.choices[i], llm::to_string(static_cast<llm::Capability>(i)));
    }
  });
}

TEST(KeyTable, NamesStrategiesAsRouteDoes) {
  const Key* key = root_section().find("categories")->section->find("strategy");
  for (std::size_t i = 0; i < key->choices.size(); ++i) {
    EXPECT_EQ(key->choices[i], to_string(static_cast<route::Strategy>(i)));
  }
}

TEST(KeyTable, NamesPrecisionsAsEncodeDoes) {
  const Key* key = root_section().find("router")->section->find("encoder")->section->find("precision");
  for (std::size_t i = 0; i < key->choices.size(); ++i) {
    EXPECT_EQ(key->choices[i], encode::to_string(static_cast<encode::Precision>(i)));
  }
}

TEST(JsonSchema, DefinesWhatItRefersTo) {
  const json::value schema = json::parse(json_schema());
  EXPECT_EQ(schema.at("$schema").get_string(), "https://json-schema.org/draft/2020-12/schema");
  const std::string text = json_schema();
  std::string_view rest = text;
  std::string name;
  const re2::RE2 reference("\"#/\\$defs/([^\"]+)\"");
  re2::StringPiece input(rest.data(), rest.size());
  int found = 0;
  while (re2::RE2::FindAndConsume(&input, reference, &name)) {
    EXPECT_TRUE(schema.at("$defs").get_object().contains(name)) << name;
    ++found;
  }
  EXPECT_GT(found, 10);
}

TEST(JsonSchema, AcceptsWhatLoadsAndRefusesWhatDoesNot) {
  EXPECT_EQ(schema_verdict(kSound), "");
  EXPECT_EQ(schema_verdict("listen: 127.0.0.1:1\nlimits: {max_body: 1MiB}\nlog: {level: \"${LEVEL:-info}\"}\n"), "");
  EXPECT_EQ(schema_verdict("limts: {}\n"), "/limts: unknown; ");
  EXPECT_THAT(schema_verdict("limits: {idle_timeout: 10}\n"), HasSubstr("/limits/idle_timeout"));
  EXPECT_THAT(schema_verdict("log: {level: loud}\n"), HasSubstr("/log/level"));
  EXPECT_THAT(schema_verdict("models: {m: {}}\n"), HasSubstr("/models/m: required"));
  EXPECT_THAT(schema_verdict("workers: 0\n"), HasSubstr("/workers"));
}

TEST(InitFile, LoadsAndIsValidForEverySetOfKeys) {
  std::vector<FakeHost> hosts(2);
  for (const KnownProvider& known : known_providers()) {
    hosts[1].variables[std::string(known.key_variable)] = "sk-canary-key";
    hosts.emplace_back().variables[std::string(known.key_variable)] = "sk-canary-key";
  }
  for (FakeHost& host : hosts) {
    const std::string text = init_file(host.environment(), "pointsman.schema.json");
    EXPECT_THAT(text, StartsWith("# yaml-language-server: $schema=pointsman.schema.json\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("sk-canary")));
    if (host.variables.empty()) host.variables["OPENAI_API_KEY"] = "sk-canary-key";
    EXPECT_EQ(host.problems(text), "") << text;
    EXPECT_EQ(schema_verdict(text), "") << text;
    const auto loaded = host.load(text);
    if (loaded) EXPECT_EQ(loaded->version, from_environment(host.environment())->version) << describe_yaml(*loaded);
  }
}

TEST(InitFile, MentionsEveryKeyThatCanBeSetOnce) {
  const std::string text = init_file([](std::string_view) { return std::nullopt; }, "s");
  for (const Key& key : root_section().keys) {
    if (key.name != "listeners") EXPECT_THAT(text, HasSubstr(fmt::format("{}:", key.name)));
  }
  const Section* limits = root_section().find("limits")->section;
  for (const Key& key : limits->keys) EXPECT_THAT(text, HasSubstr(fmt::format("# {}: {}", key.name, key.fallback)));
}

TEST(Documentation, MatchesTheKeyTable) {
  expect_same_as_committed("configuration.md", reference_markdown());
  expect_same_as_committed("pointsman.schema.json", json_schema());
}

TEST(Examples, AllLoadAndAreValid) {
  FakeHost host;
  host.variables = {{"OPENAI_API_KEY", "sk-0123456789abcdef"}};
  for (const char* file : {"tls/server.pem", "tls/server.key", "secrets/anthropic-key"}) {
    host.files.files[std::string("examples/") + file] = "something";
  }
  const std::string desk = "examples/support-desk/train.jsonl";
  host.files.files[desk] = slurp(std::string(POINTSMAN_SOURCE_DIR) + "/" + desk);
  for (const std::string name : {"minimal.yaml", "pointsman.yaml", "close-intents.yaml", "small-model.yaml",
                                 "strategies.yaml", "support-desk/pointsman.yaml"}) {
    const std::string text = slurp(std::string(POINTSMAN_SOURCE_DIR) + "/examples/" + name);
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_EQ(host.problems(text, "examples/" + name), "");
    EXPECT_EQ(schema_verdict(text), "") << name;
  }
}

}  // namespace
}  // namespace pointsman::config
