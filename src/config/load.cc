#include "config/load.h"

#include <fmt/format.h>

#include "config/calendar_zone.h"
#include "config/certified.h"
#include "config/check.h"
#include "config/defaults.h"
#include "config/describe.h"
#include "config/examples_file.h"
#include "config/placed_config.h"
#include "config/small_model.h"
#include "config/yaml_tree.h"

namespace pointsman::config {
namespace {

void take_from_environment(Config& config, const Sources& sources, Problems& problems) {
  std::optional<Config> found = from_environment(sources.environment);
  if (!found) {
    problems.add({}, "providers",
                 "there are no providers and no models; write them, or set a known key such as OPENAI_API_KEY");
    return;
  }
  config.providers = std::move(found->providers);
  config.models = std::move(found->models);
  config.categories = std::move(found->categories);
  if (config.router.fallback.empty()) config.router.fallback = std::move(found->router.fallback);
}

void read_examples(CategoryConfig& category, const Sources& sources, const Places& places, Problems& problems) {
  if (category.examples_file.empty()) return;
  const std::string path = join_path(join_path("categories", category.name), "examples_file");
  const std::string shown = places.shown(path, category.examples_file);
  const auto content = sources.files.read(category.examples_file, kMaxExamplesFile);
  if (!content) {
    problems.add(places.at(path), path, fmt::format("cannot read the file {}: {}", shown, content.error().message()));
    return;
  }
  auto texts = parse_examples(*content, category.name);
  if (!texts) {
    problems.add(places.at(path), path, fmt::format("{}: {}", shown, texts.error()));
    return;
  }
  if (texts->empty()) {
    problems.add(places.at(path), path,
                 fmt::format("{} has no examples of this category; add some or remove the line", shown));
  }
  for (std::string& text : *texts) category.examples.push_back(std::move(text));
}

void require_both_or_neither(const Config& config, const Places& places, Problems& problems) {
  if (config.providers.empty() && places.at("providers") == Mark{}) {
    problems.add({}, "providers", "is missing; write at least one provider");
  } else if (config.providers.empty()) {
    problems.add(places.at("providers"), "providers", "is empty; write at least one provider");
  }
  if (config.models.empty() && places.at("models") == Mark{}) {
    problems.add({}, "models", "is missing; write at least one model");
  } else if (config.models.empty()) {
    problems.add(places.at("models"), "models", "is empty; write at least one model");
  }
}

}  // namespace

PlacedConfig load_placed(std::string_view text, std::string_view filename, const Sources& sources) {
  PlacedConfig out;
  auto tree = YamlTree::parse(text, filename);
  if (!tree) {
    out.problems = std::move(tree).error();
    return out;
  }
  Config& config = out.config;
  Places& places = out.places;
  Problems problems{std::string(filename)};
  Reader(*tree, sources, problems, places).read_section(tree->root, root_section(), &config, "");
  if (out.names_models()) {
    require_both_or_neither(config, places, problems);
  } else {
    take_from_environment(config, sources, problems);
  }
  complete(config, sources.environment);
  for (CategoryConfig& category : config.categories) read_examples(category, sources, places, problems);
  check(config, places, problems);
  take_certificate(config, sources, places, problems);
  take_time_zone(config, sources, places, problems);
  take_small_model(config, sources, places, problems);
  out.problems = problems.take();
  set_version(config);
  return out;
}

bool PlacedConfig::names_models() const {
  return places.has("providers") || places.has("models") || places.has("categories");
}

std::expected<Config, std::vector<Problem>> load(std::string_view text, std::string_view filename,
                                                 const Sources& sources) {
  PlacedConfig loaded = load_placed(text, filename, sources);
  if (!loaded.problems.empty()) return std::unexpected(std::move(loaded.problems));
  return std::move(loaded.config);
}

}  // namespace pointsman::config
