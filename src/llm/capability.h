// What a request may demand of a model, as a small set. A model that lacks one demanded capability is never a
// candidate.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::llm {

enum class Capability : std::uint8_t {
  kTools,
  kParallelTools,
  kVision,
  kAudioInput,
  kAudioOutput,
  kFileInput,
  kJsonMode,
  kJsonSchema,
  kLogprobs,
  kMultipleChoices,  // n > 1
  kWebSearch,
};
inline constexpr int kCapabilityCount = 11;

std::string_view to_string(Capability capability);  // "tools", "json_schema", ...
std::optional<Capability> capability_from(std::string_view name);

class CapabilitySet {
 public:
  constexpr CapabilitySet() = default;
  constexpr CapabilitySet(std::initializer_list<Capability> all) {
    for (const Capability one : all) add(one);
  }
  constexpr void add(Capability one) { bits_ |= bit(one); }
  constexpr void remove(Capability one) { bits_ &= ~bit(one); }
  constexpr bool has(Capability one) const { return (bits_ & bit(one)) != 0; }
  constexpr bool contains(CapabilitySet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr CapabilitySet minus(CapabilitySet other) const { return from_bits(bits_ & ~other.bits_); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  static constexpr CapabilitySet from_bits(std::uint32_t bits) {
    CapabilitySet set;
    set.bits_ = bits & ((1U << kCapabilityCount) - 1);
    return set;
  }
  constexpr bool operator==(const CapabilitySet&) const = default;
  std::vector<std::string> names() const;

 private:
  static constexpr std::uint32_t bit(Capability one) { return 1U << static_cast<unsigned>(one); }
  std::uint32_t bits_ = 0;
};

}  // namespace pointsman::llm
