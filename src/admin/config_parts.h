// What the answers about the configuration have in common: origins of values, problems, differences.
// Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/describe.h"
#include "config/placed_config.h"
#include "json/writer.h"

namespace pointsman::admin {

struct ValueOrigin {
  std::string_view kind = "default";  // "default", "file", "catalogue", "environment"
  std::string place;                  // "pointsman.yaml:9", "OPENAI_API_KEY", "catalogue 2026-05-01"; may be empty
};

// Where a value of the running configuration comes from, by the file as it is now: `value` as it is there (null: it is
// not there, or there is no file). What has changed in the file since keeps its origin as far as that can be told, and
// has no place.
ValueOrigin origin_of(const config::DescribedValue& running, const config::DescribedValue* value,
                      const config::PlacedConfig& file, std::string_view filename);

// The variable of "${NAME}" or "${NAME:-default}"; empty where it is another text.
std::string variable_of(std::string_view written);

void write_problems(json::Writer& json, std::span<const config::Problem> problems);

struct ValueChange {
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
};
std::vector<ValueChange> changes_between(std::span<const config::DescribedValue> before,
                                         std::span<const config::DescribedValue> after);

}  // namespace pointsman::admin
