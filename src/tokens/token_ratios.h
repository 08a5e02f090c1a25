// What a calibration knows of one model at one instant, small enough to be handed to every thread: for each class of
// prompt sizes how many tokens the model makes of one that we measure.
//
// A plain value; predicting is a multiplication. Made by Calibration::ratios().
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace pointsman::tokens {

// What the measure of a prompt is.
enum class Measure : std::uint8_t { kO200k, kBytes };

// Below 100 tokens, below 1000, and the rest; of bytes four times that.
inline constexpr std::size_t kSizeClasses = 3;
constexpr std::size_t size_class(Measure measure, std::int64_t measured) {
  constexpr std::int64_t kBytesPerToken = 4;
  const std::int64_t tokens = measure == Measure::kO200k ? measured : measured / kBytesPerToken;
  return tokens < 100 ? 0 : tokens < 1000 ? 1 : 2;
}

struct TokenRatio {
  double expected = 0;
  double upper = 0;   // never below expected
  double weight = 0;  // of the pairs that it rests on; old ones count less. 0: nothing is known of prompts that long
  // Whether `upper` is the quantile that was asked for. Until there are pairs enough it is the largest ratio seen.
  bool promised = false;

  bool operator==(const TokenRatio&) const = default;
};

struct TokenRatios {
  Measure measure = Measure::kO200k;
  std::uint64_t pairs = 0;  // in all
  std::array<TokenRatio, kSizeClasses> classes{};

  const TokenRatio& of(std::int64_t measured) const { return classes[size_class(measure, measured)]; }
  bool operator==(const TokenRatios&) const = default;
};

// Tokens that it expects, and at most.
inline std::int64_t expected_tokens(std::int64_t measured, const TokenRatio& ratio) {
  return std::llround(static_cast<double>(measured) * ratio.expected);
}
inline std::int64_t most_tokens(std::int64_t measured, const TokenRatio& ratio) {
  return std::llround(std::ceil(static_cast<double>(measured) * ratio.upper));
}

}  // namespace pointsman::tokens
