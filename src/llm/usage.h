// Tokens that an upstream says it used. Unknown is a state, never zero (I6).
// A plain value, filled by the meters of wire/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::llm {

// How the provider says it served the request, where that has a price of its own. OpenAI: `service_tier`; Anthropic:
// `usage.service_tier`.
enum class ServiceTier : std::uint8_t { kStandard, kFlex, kPriority, kBatch, kOther };
// "standard", "flex", "priority", "batch", "other".
std::string_view to_string(ServiceTier tier);
// Of what an answer says. "default", "auto" and "" are standard; a name that nobody told us of is kOther.
ServiceTier service_tier_from(std::string_view name);

struct Usage {
  std::optional<std::int64_t> input_tokens;         // whole prompt, cached part included
  std::optional<std::int64_t> cached_input_tokens;  // the part read from the provider's cache
  std::optional<std::int64_t> output_tokens;        // reasoning included
  std::optional<std::int64_t> reasoning_tokens;
  std::optional<std::int64_t> cache_write_tokens;  // the part of the prompt written to the cache, where that is billed
  std::optional<std::int64_t> long_cache_write_tokens;  // of those, kept for an hour instead of minutes
  ServiceTier tier = ServiceTier::kStandard;

  bool operator==(const Usage&) const = default;
  bool known() const { return input_tokens && output_tokens; }
};

}  // namespace pointsman::llm
