// A model that may answer a request, and why it is on the list. Plain values of one ranking, owned by it; any thread.
// What is unknown of a candidate is absent, never zero (I6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/money.h"

namespace pointsman::route {

using ModelIndex = std::uint32_t;  // into the market's models

enum class Health : std::uint8_t { kHealthy, kUnhealthy };

// Which list a candidate came from.
enum class Source : std::uint8_t { kCategory, kFallback, kAnyModel, kExplored, kBudget, kKept };
// "category", "fallback", "any_model", "explored", "budget", "kept"
std::string_view to_string(Source source);

struct Candidate {
  ModelIndex model = 0;
  Source source = Source::kCategory;
  bool healthy = true;
  std::optional<base::Money> expected_cost;  // unknown if a price is
};

}  // namespace pointsman::route
