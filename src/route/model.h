// A model that may answer: what it can do, what it holds, what it costs. Plain data; catalogue facts overlaid with the
// configuration. Unknown stays unknown (I6): an absent price or window is never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "llm/capability.h"

namespace pointsman::route {

// What the tokens of one request cost, a price for each kind.
struct Rates {
  std::optional<base::TokenPrice> input;
  std::optional<base::TokenPrice> cached_input;  // read from the provider's cache
  std::optional<base::TokenPrice> output;
  std::optional<base::TokenPrice> cache_write;       // of the prompt, written to the provider's cache
  std::optional<base::TokenPrice> long_cache_write;  // likewise, kept for an hour
  std::optional<base::TokenPrice> reasoning;         // only if billed apart from `output`

  bool operator==(const Rates&) const = default;
  bool known() const { return input && output; }
};

// The rates of a whole request whose prompt is longer than `above` tokens, cached ones included.
struct PriceTier : Rates {
  std::int64_t above = 0;

  bool operator==(const PriceTier&) const = default;
};

struct Prices {
  std::optional<base::TokenPrice> input;
  std::optional<base::TokenPrice> cached_input;
  std::optional<base::TokenPrice> output;
  std::optional<base::TokenPrice> cache_write;
  std::optional<base::TokenPrice> long_cache_write;
  std::optional<base::TokenPrice> reasoning;
  std::optional<base::Money> image;  // of the prompt, each; only if billed apart from its tokens
  // What other ways to be served cost, as a share of these prices (llm::ServiceTier).
  std::optional<double> batch;
  std::optional<double> flex;
  std::optional<double> priority;
  std::vector<PriceTier> tiers;  // by rising `above`; a price that a tier leaves out is unknown there

  bool operator==(const Prices&) const = default;
  bool known() const { return input && output; }
  Rates base_rates() const { return {input, cached_input, output, cache_write, long_cache_write, reasoning}; }
};

struct Model {
  std::string name;           // what clients and the configuration call it
  std::string provider;       // name of a configured provider
  std::string upstream_name;  // what the provider calls it; written into the forwarded body
  llm::CapabilitySet capabilities;
  std::optional<std::int64_t> context_window;  // prompt and answer together, tokens
  std::optional<std::int64_t> max_input;       // tokens
  std::optional<std::int64_t> max_output;      // tokens
  Prices prices;
};

}  // namespace pointsman::route
