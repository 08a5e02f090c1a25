// GET /config.
#include "admin/config_view.h"

#include <fmt/format.h>

#include <map>

#include "admin/config_parts.h"
#include "admin/json_parts.h"
#include "config/overlay.h"
#include "route/catalogue.h"

namespace pointsman::admin {
namespace {

using base::Result;
using config::DescribedValue;

constexpr std::size_t kMostFile = std::size_t{4} << 20;
using ByPath = std::map<std::string_view, const DescribedValue*>;

ByPath by_path(const std::vector<DescribedValue>& values) {
  ByPath out;
  for (const DescribedValue& one : values) out.emplace(one.path, &one);
  return out;
}

const DescribedValue* find(const ByPath& values, const std::string& path) {
  const auto found = values.find(path);
  return found == values.end() ? nullptr : found->second;
}

// The file as it is now. Without one, nothing of it is there, and nothing is wrong.
config::PlacedConfig read_file_now(const World& world, const std::string& path) {
  config::PlacedConfig out;
  if (path.empty()) return out;
  config::DiskFiles files;
  const auto text = files.read(path, kMostFile);
  if (text) return config::load_placed(*text, path, {files, world.environment()});
  out.problems = {{.file = path, .mark = {}, .key = "", .message = "cannot be read: " + text.error().message()}};
  return out;
}

// What the catalogue adds to the models, and its date for each of them.
struct Catalogued {
  std::vector<DescribedValue> values;
  std::map<std::string, std::string> dates;  // by the model's path
};

Catalogued with_catalogue(config::Config config) {
  Catalogued out;
  const auto catalogue = route::Catalogue::built_in();
  if (catalogue) {
    config::overlay(config, [&](std::string_view name) -> std::optional<route::Model> {
      const route::CatalogueEntry* entry = catalogue->find(name);
      return entry == nullptr ? std::nullopt : std::optional(entry->model);
    });
    for (const config::ModelConfig& one : config.models) {
      const route::CatalogueEntry* entry = catalogue->find(one.upstream);
      if (entry == nullptr) entry = catalogue->find(one.name);
      if (entry != nullptr) out.dates[config::join_path("models", one.name) + "."] = entry->as_of;
    }
  }
  out.values = config::describe_values(config);
  return out;
}

ValueOrigin of_catalogue(const Catalogued& all, const std::string& path) {
  for (const auto& [model, date] : all.dates) {
    if (path.starts_with(model)) return {.kind = "catalogue", .place = "catalogue " + date};
  }
  return {.kind = "catalogue", .place = "catalogue"};
}

void write_value(json::Writer& json, const DescribedValue& one, const ValueOrigin& origin) {
  json.begin_object().member("key", one.path).member("value", one.value).member("origin", origin.kind);
  json.member("place", origin.place).member("secret", one.secret).end_object();
}

struct View {
  Facts facts;
  config::Config running;
  config::PlacedConfig file;
};

void write_values(json::Writer& json, const View& view) {
  const std::vector<DescribedValue> running = config::describe_values(view.running);
  const std::vector<DescribedValue> there =
      view.facts.config_file.empty() ? running : config::describe_values(view.file.config);
  const ByPath read = by_path(running);
  const ByPath now = by_path(there);
  const Catalogued all = with_catalogue(view.running);
  json.key("values").begin_array();
  for (const DescribedValue& one : all.values) {
    const bool known = find(read, one.path) != nullptr;
    write_value(
        json, one,
        known ? origin_of(one, find(now, one.path), view.file, view.facts.config_file) : of_catalogue(all, one.path));
  }
  json.end_array();
}

}  // namespace

Result<Answer> get_config(Call& call) {
  View view{.facts = call.world.facts(), .running = call.world.configured(), .file = {}};
  const std::string& path = view.facts.config_file;
  view.file = read_file_now(call.world, path);
  const bool loads = view.file.problems.empty();
  const std::string yaml = config::describe_yaml(view.running);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().member("path", path).member("version", view.running.version);
  write_time(json.key("loaded"), view.facts.loaded);
  write_values(json, view);
  json.member("yaml", yaml).key("file_yaml");
  json.value(path.empty() ? yaml : loads ? config::describe_yaml(view.file.config) : std::string());
  json.member("file_version", path.empty() ? view.running.version : loads ? view.file.config.version : std::string());
  write_problems(json.key("file_problems"), view.file.problems);
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
