// What is publicly known about models: names, windows, prices, capabilities. The built-in one is data/catalogue.json,
// embedded in the program; the configuration's own values are laid over it. Immutable; read from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "route/model.h"

namespace pointsman::route {

struct CatalogueEntry {
  Model model;
  // General ability, 0 to 100: orders models when the configuration names no order of its own.
  std::optional<int> tier;
  std::vector<std::string> aliases;
  std::string source;         // where the prices come from: one of the file's sources
  std::string limits_source;  // the same of windows and limits; empty if it has none
  std::string as_of;          // YYYY-MM-DD
};

// The source of what nobody has held against the provider's own pages.
inline constexpr std::string_view kUnverified = "unverified";

class Catalogue {
 public:
  // Fails naming the model and the field ("/models/3/input"). Each source must be explained under "sources".
  static base::Result<Catalogue> parse(std::string_view json);
  // Fails only if the program was built with a broken file.
  static base::Result<Catalogue> built_in();

  // Nothing if the name is unknown. Tried in this order: the exact name; a documented alias; the name without its
  // "provider/" in front; the name without a snapshot date or "-latest" at the end (-2025-08-07, -20250929), because a
  // snapshot shares its model's facts unless it is listed itself.
  const CatalogueEntry* find(std::string_view name) const;
  // For "did you mean".
  std::vector<std::string> nearest(std::string_view name) const;

  const std::vector<CatalogueEntry>& entries() const { return entries_; }

 private:
  const CatalogueEntry* find_listed(std::string_view name) const;

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::vector<CatalogueEntry> entries_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

// Fills what `own` leaves out from the catalogue. Prices of one model belong together: only where all that is there is
// what the catalogue says as well; otherwise nothing is filled.
void complete(Prices& own, const Prices& known);

// What a configuration says about one model; what it leaves out comes from the catalogue.
struct ModelOverrides {
  std::optional<std::string> provider;
  std::optional<std::string> upstream_name;
  std::optional<llm::CapabilitySet> capabilities;
  std::optional<std::int64_t> context_window;
  std::optional<std::int64_t> max_input;
  std::optional<std::int64_t> max_output;
  Prices prices;
};

// The model a configuration calls `name`: looked up by its upstream name, or by `name` if it has none, then laid over
// with the configured values. A model the catalogue does not know has only those.
Model overlay(const Catalogue& catalogue, std::string name, const ModelOverrides& configured);

}  // namespace pointsman::route
