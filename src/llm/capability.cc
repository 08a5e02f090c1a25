#include "llm/capability.h"

#include <array>

namespace pointsman::llm {
namespace {

constexpr std::array<std::string_view, kCapabilityCount> kNames = {
    "tools",     "parallel_tools", "vision",   "audio_input",      "audio_output", "file_input",
    "json_mode", "json_schema",    "logprobs", "multiple_choices", "web_search"};

}  // namespace

std::string_view to_string(Capability capability) {
  return kNames[static_cast<std::size_t>(capability)];
}

std::optional<Capability> capability_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Capability>(i);
  }
  return std::nullopt;
}

std::vector<std::string> CapabilitySet::names() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (has(static_cast<Capability>(i))) out.emplace_back(kNames[i]);
  }
  return out;
}

}  // namespace pointsman::llm
