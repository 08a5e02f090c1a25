// What can be known without a file: the well-known providers, a working configuration from the API keys in the
// environment, and the one of the demo. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/sources.h"

namespace pointsman::config {

// Prices are dollars per million tokens as text; what is empty or 0 is not known here (the catalogue may know).
struct KnownModel {
  std::string_view name;
  std::string_view upstream;
  std::string_view input;
  std::string_view cached_input;
  std::string_view output;
  std::int64_t context_window = 0;
  std::int64_t max_output = 0;
  llm::CapabilitySet capabilities;
};

// Of the Messages API, where neither the file nor the client states one.
inline constexpr std::string_view kAnthropicVersion = "2023-06-01";

struct KnownProvider {
  std::string_view name;
  std::string_view key_variable;
  std::string_view base_url;
  KnownModel small;   // cheap, for simple requests
  KnownModel medium;  // calls tools well
  KnownModel large;   // the most capable for its price
  ProviderKind kind = ProviderKind::kOpenAi;
};

std::span<const KnownProvider> known_providers();
const KnownProvider* find_known_provider(std::string_view name);

// A complete configuration from every known API key that is set and not empty, or nothing when none is.
std::optional<Config> from_environment(const Environment& environment);

// Three simulated providers on loopback: sim-small, sim-tools and sim-large, each with a model and prices of its name.
struct DemoPorts {
  std::uint16_t small = 0;
  std::uint16_t tools = 0;
  std::uint16_t large = 0;
};
Config demo_config(const DemoPorts& ports, std::string ledger_path);

// The ledger's place when none is set: under STATE_DIRECTORY, XDG_STATE_HOME or HOME, else in the working directory.
std::string default_ledger_path(const Environment& environment);

// Fills in what follows from other values (base URLs, upstream names, thresholds, the listener, the ledger) wherever it
// is unset. Loading and the functions above end with it; afterwards set_version() is due.
void complete(Config& config, const Environment& environment);

}  // namespace pointsman::config
