#include "llm/usage.h"

#include <array>

namespace pointsman::llm {
namespace {

constexpr std::array<std::string_view, 5> kTiers{"standard", "flex", "priority", "batch", "other"};

}  // namespace

std::string_view to_string(ServiceTier tier) { return kTiers[static_cast<std::size_t>(tier)]; }

ServiceTier service_tier_from(std::string_view name) {
  if (name.empty() || name == "default" || name == "auto") return ServiceTier::kStandard;
  for (std::size_t i = 0; i < kTiers.size(); ++i) {
    if (name == kTiers[i]) return static_cast<ServiceTier>(i);
  }
  return ServiceTier::kOther;
}

}  // namespace pointsman::llm
