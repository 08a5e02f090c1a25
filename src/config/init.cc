#include "config/init.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "config/defaults.h"
#include "config/json_text.h"
#include "config/schema.h"
#include "config/units.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;

std::string indent(int depth) {
  return std::string(static_cast<std::size_t>(2 * depth), ' ');
}

std::string default_or_blank(const Key& key) {
  if (key.fallback.empty() || key.fallback.starts_with('(')) return "";
  return fmt::format(" {}", key.fallback);
}

// Every key of the section commented out, its documentation behind it; "#key:" uncomments to a valid line.
void write_commented(const Section& section, int depth, std::string& out, std::string_view but = "") {
  for (const Key& key : section.keys) {
    if (key.name == but) continue;
    if (key.section != nullptr) {
      out += fmt::format("{}# {}:  # {}\n", indent(depth), key.name, key.doc);
      if (key.type == Type::kSection) write_commented(*key.section, depth + 1, out);
      continue;
    }
    const std::string line = fmt::format("{}# {}:{}", indent(depth), key.name, default_or_blank(key));
    out += fmt::format("{:<44}  # {}\n", line, key.doc);
  }
}

json::object providers_yaml(const Config& config) {
  json::object out;
  for (const ProviderConfig& provider : config.providers) {
    const KnownProvider* known = find_known_provider(provider.name);
    json::object& one = out[provider.name].emplace_object();
    if (provider.kind == ProviderKind::kAnthropic) one["kind"] = "anthropic";
    one["base_url"] = provider.base_url.to_string();
    one["api_key"] = fmt::format("${{{}}}", known->key_variable);
  }
  return out;
}

json::object price_yaml(const route::Prices& price) {
  json::object out;
  if (price.input) out["input"] = format_price(*price.input);
  if (price.cached_input) out["cached_input"] = format_price(*price.cached_input);
  if (price.output) out["output"] = format_price(*price.output);
  if (price.cache_write) out["cache_write"] = format_price(*price.cache_write);
  if (price.long_cache_write) out["long_cache_write"] = format_price(*price.long_cache_write);
  return out;
}

json::array texts(const std::vector<std::string>& all) {
  json::array out;
  for (const std::string& one : all) out.emplace_back(one);
  return out;
}

json::object models_yaml(const Config& config) {
  json::object out;
  for (const ModelConfig& model : config.models) {
    json::object one = {{"provider", model.provider}};
    if (model.upstream != model.name) one["upstream"] = model.upstream;
    if (json::object price = price_yaml(model.price); !price.empty()) one["price"] = std::move(price);
    if (model.context_window) one["context_window"] = *model.context_window;
    if (model.max_output) one["max_output"] = *model.max_output;
    if (model.capabilities) one["capabilities"] = texts(model.capabilities->names());
    out[model.name] = std::move(one);
  }
  return out;
}

json::object categories_yaml(const Config& config) {
  json::object out;
  for (const CategoryConfig& category : config.categories) {
    out[category.name] = json::object{{"description", category.description},
                                      {"models", texts(category.models)},
                                      {"examples", texts(category.examples)}};
  }
  return out;
}

std::string live(std::string_view name, const json::object& content) {
  return fmt::format("{}:\n{}", name, block_yaml(content, 1));
}

void write_key(const Key& key, const Config& config, std::string& out) {
  out += fmt::format("\n# {}\n", key.doc);
  if (key.name == "providers") {
    out += live(key.name, providers_yaml(config));
  } else if (key.name == "models") {
    out += live(key.name, models_yaml(config));
  } else if (key.name == "categories") {
    out += live(key.name, categories_yaml(config));
  } else if (key.name == "listen") {
    out += "listen:\n  address: 127.0.0.1:8080\n";
    out += "  # tls:  # Speak TLS on this listener.\n  #   cert:\n  #   key:\n";
    return;
  } else if (key.name == "router") {
    out += live(key.name, {{"fallback", texts(config.router.fallback)}});
    return write_commented(*key.section, 1, out, "fallback");
  } else if (key.type == Type::kSection) {
    out += fmt::format("# {}:\n", key.name);
  } else if (key.type == Type::kSectionList) {
    out += "# rules:\n#   - {name: proofs, category: reasoning, keywords: [prove, theorem]}\n";
  } else {
    out += fmt::format("# {}:{}\n", key.name, default_or_blank(key));
  }
  if (key.type == Type::kSection) write_commented(*key.section, 1, out);
}

}  // namespace

std::string init_file(const Environment& environment, std::string_view schema) {
  std::optional<Config> config = from_environment(environment);
  if (!config) {
    config = from_environment([](std::string_view name) -> std::optional<std::string> {
      if (name == "OPENAI_API_KEY") return "(none)";
      return std::nullopt;
    });
  }
  std::string out = fmt::format("# yaml-language-server: $schema={}\n", schema);
  out += "# Pointsman's configuration. Lines beginning with # show what else can be set, and the defaults.\n";
  out += "# `pointsman check` tells everything that is wrong with this file.\n";
  for (const Key& key : root_section().keys) {
    if (key.name != "listeners") write_key(key, *config, out);
  }
  return out;
}

}  // namespace pointsman::config
