// Offsets of a table's header, shared by its writer and its reader (static_table.h describes the format).
// Constants and plain functions only.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pointsman::encode::table {

static_assert(std::endian::native == std::endian::little, "tables are read in place, as little endian");

inline constexpr std::string_view kMagic = "PMTABLE\n";
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kFormatAt = 8;
inline constexpr std::size_t kDimensionsAt = 12;
inline constexpr std::size_t kFileSizeAt = 16;
inline constexpr std::size_t kPiecesAt = 24;
inline constexpr std::size_t kStrideAt = 28;
inline constexpr std::size_t kSectionsAt = 32;
inline constexpr std::size_t kHashAt = 112;
inline constexpr std::size_t kHeaderSize = 144;
inline constexpr std::size_t kAlignment = 64;

enum Section : std::size_t { kOptions, kPieces, kScales, kRows, kCard, kSectionCount };
inline constexpr std::string_view kSectionNames[kSectionCount] = {"options", "pieces", "scales", "rows", "card"};

// Bits of the options.
inline constexpr std::uint32_t kLowercase = 1;
inline constexpr std::uint32_t kStripAccents = 2;
inline constexpr std::uint32_t kCleanText = 4;
inline constexpr std::uint32_t kSpaceCjk = 8;

constexpr std::size_t align(std::size_t at) {
  return (at + kAlignment - 1) / kAlignment * kAlignment;
}
constexpr std::size_t stride_of(std::size_t dimensions) {
  return align(dimensions);
}

}  // namespace pointsman::encode::table
