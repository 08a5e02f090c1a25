#include "cli/find_config.h"

#include "config/defaults.h"
#include "config/load.h"
#include "ledger_drivers/shared_config.h"

namespace pointsman::cli {
namespace {

using Problems = std::vector<std::string>;

constexpr std::size_t kMaxFile = 4U << 20;  // load() has its own, lower limit with a better message

std::string value_of(const config::Sources& sources, std::string_view name) {
  return sources.environment(name).value_or("");
}

std::vector<std::string> usual_places(const config::Sources& sources) {
  std::vector<std::string> places{"pointsman.yaml"};
  std::string home = value_of(sources, "XDG_CONFIG_HOME");
  if (home.empty() && !value_of(sources, "HOME").empty()) home = value_of(sources, "HOME") + "/.config";
  if (!home.empty()) places.push_back(home + "/pointsman/pointsman.yaml");
  places.emplace_back("/etc/pointsman/pointsman.yaml");
  return places;
}

base::Result<ledger::ConfigDocument> document_at(const std::string& place, const config::Sources& sources) {
  if (ledger_drivers::is_database(place)) return ledger_drivers::newest_config(place);
  ledger::ConfigDocument file;
  PM_TRY(file.text, sources.files.read(place, kMaxFile));
  return file;
}

std::expected<FoundConfig, Problems> load_file(const std::string& path, const config::Sources& sources) {
  const auto document = document_at(path, sources);
  if (!document) return std::unexpected(Problems{path + ": " + document.error().message()});
  auto loaded = config::load(document->text, path, sources);
  if (loaded) return FoundConfig{std::move(*loaded), path, document->number};
  Problems lines;
  for (const config::Problem& problem : loaded.error()) lines.push_back(problem.to_string());
  return std::unexpected(std::move(lines));
}

std::string nothing_found(const std::vector<std::string>& places) {
  std::string message = "no configuration: there is no";
  for (std::size_t i = 0; i < places.size(); ++i) message += (i == 0 ? " " : ", ") + places[i];
  message += ", and none of these API keys is set:";
  for (const config::KnownProvider& known : config::known_providers()) {
    message += " " + std::string(known.key_variable);
  }
  return message + "; set one of them, or write a file with `pointsman init`";
}

}  // namespace

std::string FoundConfig::source() const {
  return file.empty() ? "the environment's API keys" : file;
}

std::string locate_config(const std::string& named, const config::Sources& sources) {
  if (!named.empty()) return named;
  if (std::string path = value_of(sources, "POINTSMAN_CONFIG"); !path.empty()) return path;
  for (const std::string& place : usual_places(sources)) {
    const auto there = sources.files.readable(place);
    if (there || there.error().code() != base::ErrorCode::kNotFound) return place;  // unreadable is not absent
  }
  return "";
}

std::expected<FoundConfig, Problems> find_config(const std::string& named, const config::Sources& sources) {
  const std::string path = locate_config(named, sources);
  if (!path.empty()) return load_file(path, sources);
  auto made = config::from_environment(sources.environment);
  if (made) return FoundConfig{.config = std::move(*made)};
  return std::unexpected(Problems{nothing_found(usual_places(sources))});
}

std::optional<FoundConfig> find_config(const std::string& named, Context& context, config::Pairings pairings) {
  config::DiskFiles files;
  auto found = find_config(named, {files, context.environment, pairings});
  if (found) return std::move(*found);
  for (const std::string& problem : found.error()) context.err.write(problem + "\n");
  const std::size_t count = found.error().size();
  context.err.print("pointsman: {} with the configuration\n",
                    count == 1 ? "1 problem" : std::to_string(count) + " problems");
  context.exit_code = kCheckFailed;
  return std::nullopt;
}

}  // namespace pointsman::cli
