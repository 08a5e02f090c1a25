// Offsets of the artefact's header, shared by its writer and its reader (artefact.h describes the format).
// Shared by the reader and the writer; constants and plain structures only.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/features.h"

namespace pointsman::classify::layout {

static_assert(std::endian::native == std::endian::little, "artefacts are read in place, as little endian");

inline constexpr std::string_view kMagic = "PMLINEAR";
inline constexpr std::uint32_t kFormatVersion = 3;
inline constexpr std::size_t kFormatAt = 8;
inline constexpr std::size_t kFeatureVersionAt = 12;
inline constexpr std::size_t kFileSizeAt = 16;
inline constexpr std::size_t kCategoriesAt = 24;
inline constexpr std::size_t kFeaturesAt = 28;
inline constexpr std::size_t kStrideAt = 32;
inline constexpr std::size_t kSlotsAt = 36;
inline constexpr std::size_t kSectionsAt = 40;
inline constexpr std::size_t kHashAt = 216;
inline constexpr std::size_t kHeaderSize = 248;
inline constexpr std::size_t kAlignment = 64;

enum Section : std::size_t {
  kNames,
  kIndex,
  kFactors,
  kWeights,
  kHead,
  kNet,
  kTable,
  kDense,
  kSecond,
  kExamples,
  kCard,
  kSectionCount
};
inline constexpr std::string_view kSectionNames[kSectionCount] = {
    "names", "index", "factors", "weights", "head", "net", "table", "dense", "second", "examples", "card"};

// Floats of the head before the block weights: temperature, unknown idf, largest row scale, 4 of the mix, 4 of the
// scope.
inline constexpr std::size_t kHeadBlocks = 11;

constexpr std::size_t align(std::size_t at) {
  return (at + kAlignment - 1) / kAlignment * kAlignment;
}
constexpr std::size_t head_size(std::size_t categories) {
  return 4 * (kHeadBlocks + text::kBlocks + categories);
}

// Rows of weights are padded so that a vector instruction never reads past one.
constexpr std::uint32_t stride_of(std::size_t categories) {
  const std::size_t step = categories <= 8 ? 4 : 16;
  return static_cast<std::uint32_t>((categories + step - 1) / step * step);
}
constexpr std::uint32_t slots_of(std::size_t features) {
  return features == 0 ? 0 : static_cast<std::uint32_t>(std::bit_ceil(2 * features));
}

}  // namespace pointsman::classify::layout
