// Tokens that an upstream says it used. Unknown is a state, never zero (I6).
// A plain value, filled by the meters of wire/.
#pragma once

#include <cstdint>
#include <optional>

namespace pointsman::llm {

struct Usage {
  std::optional<std::int64_t> input_tokens;         // whole prompt, cached part included
  std::optional<std::int64_t> cached_input_tokens;  // the part read from the provider's cache
  std::optional<std::int64_t> output_tokens;        // reasoning included
  std::optional<std::int64_t> reasoning_tokens;
  std::optional<std::int64_t> cache_write_tokens;  // the part of the prompt written to the cache, where that is billed
  std::optional<std::int64_t> long_cache_write_tokens;  // of those, kept for an hour instead of minutes

  bool operator==(const Usage&) const = default;
  bool known() const { return input_tokens && output_tokens; }
};

}  // namespace pointsman::llm
