#include "admin/config_parts.h"

#include <fmt/format.h>

#include <map>

namespace pointsman::admin {
namespace {

// "listen" stands for the first of "listeners".
std::string path_in(const config::Places& places, const std::string& path) {
  constexpr std::string_view kFirst = "listeners[0]";
  if (places.has(path) || !path.starts_with(kFirst)) return path;
  return "listen" + path.substr(kFirst.size());
}

bool from_variables(const config::PlacedConfig& file, std::string_view path) {
  return !file.names_models() &&
         (path.starts_with("providers.") || path.starts_with("models.") || path.starts_with("categories."));
}

}  // namespace

std::string variable_of(std::string_view written) {
  if (!written.starts_with("${") || !written.ends_with('}') || written.starts_with("${file:")) return {};
  written.remove_prefix(2);
  written.remove_suffix(1);
  const std::string_view name = written.substr(0, written.find(":-"));
  return name.contains('$') ? std::string() : std::string(name);
}

ValueOrigin origin_of(const config::DescribedValue& running, const config::DescribedValue* value,
                      const config::PlacedConfig& file, std::string_view filename) {
  const std::string path = path_in(file.places, running.path);
  const bool same = value != nullptr && value->value == running.value;
  if (!file.places.has(path)) {
    if (from_variables(file, running.path)) return {.kind = "environment", .place = {}};
    // What follows from other values counts as a default; what was in the file once and is no more, as the file's.
    return {.kind = same || running.usual ? "default" : "file", .place = {}};
  }
  if (!same) return {.kind = running.usual ? "default" : "file", .place = {}};
  const std::string variable = variable_of(file.places.written(path));
  if (!variable.empty()) return {.kind = "environment", .place = variable};
  return {.kind = "file", .place = fmt::format("{}:{}", filename, file.places.at(path).line)};
}

void write_problems(json::Writer& json, std::span<const config::Problem> problems) {
  json.begin_array();
  for (const config::Problem& one : problems) {
    json.begin_object().member("line", one.mark.line).member("column", one.mark.column);
    json.member("key", one.key).member("message", one.message).end_object();
  }
  json.end_array();
}

std::vector<ValueChange> changes_between(std::span<const config::DescribedValue> before,
                                         std::span<const config::DescribedValue> after) {
  std::map<std::string_view, const config::DescribedValue*> were;
  for (const config::DescribedValue& one : before) were.emplace(one.path, &one);
  std::vector<ValueChange> out;
  for (const config::DescribedValue& one : after) {
    const auto found = were.find(one.path);
    if (found == were.end()) {
      out.push_back({one.path, std::nullopt, one.value});
      continue;
    }
    if (found->second->value != one.value) out.push_back({one.path, found->second->value, one.value});
    were.erase(found);
  }
  for (const auto& [path, one] : were) out.push_back({std::string(path), one->value, std::nullopt});
  return out;
}

}  // namespace pointsman::admin
