// A model that may answer: what it can do, what it holds, what it costs. Plain data; catalogue facts overlaid with the
// configuration. Unknown stays unknown (I6): an absent price or window is never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/money.h"
#include "llm/capability.h"

namespace pointsman::route {

struct Prices {
  std::optional<base::TokenPrice> input;
  std::optional<base::TokenPrice> cached_input;
  std::optional<base::TokenPrice> output;
  bool known() const { return input && output; }
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
