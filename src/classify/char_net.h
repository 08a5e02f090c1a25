// The second view of a text: a small convolutional network over its characters, as numbers small enough to be quick.
//
// For each of three widths, filters look at every window of that many characters; a filter's value is its largest
// response anywhere in the text, or 0; a linear layer makes one score per category of them (Kim 2014 with max-over-time
// pooling, on characters as Zhang et al. 2015). A character enters as itself, not through an embedding, so a filter's
// response is a sum of table rows and needs no multiplication. What n-grams miss - inflections, typos, endings across
// words - this sees; the two err on different texts.
//
// Immutable after open(), shared by all threads; what changes during a call is the caller's CharNetScratch. The same
// bytes and text give the same scores on every processor: sums are of integers, and the few floating-point operations
// are element by element.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/char_codes.h"

namespace pointsman::classify {

inline constexpr std::array<std::size_t, 3> kNetWidths{3, 5, 7};
inline constexpr std::size_t kNetTaps = 15;  // rows of the table that a window of each width reads, together
inline constexpr std::size_t kMaxNetFilters = 1024;
inline constexpr std::size_t kNetBlock = 16;  // filters that are computed together

// A trained network before it is packed. `filters` is for each width, a multiple of 2 x kNetBlock.
struct CharNetParts {
  std::size_t filters = 0;
  std::vector<float> table;  // [width's taps, in order][code][filter]
  std::vector<float> bias;   // [width][filter]
  std::vector<float> head;   // [width][filter][category]
  std::vector<float> head_bias;
};

struct CharNetScratch {
  std::vector<std::int16_t> responses;
  std::vector<float> pooled;
  std::vector<std::uint8_t> levels;
};

// The network read in place from an artefact's section.
class CharNet {
 public:
  // Layout, little endian: u32 filters, u32 zero; then each beginning at a multiple of 64: table int16
  // [block of 16 filters of all widths][tap][code][16]; f32 scale [width][filter]; i16 bias [width][filter];
  // i8 head [category][width][filter]; f32 head scale [category]; f32 head bias [category].
  static std::string pack(const CharNetParts& parts, std::size_t categories);
  // kCorrupt, naming what is wrong. The bytes must outlive the network.
  static base::Result<CharNet> open(std::span<const std::byte> bytes, std::size_t categories);

  // `codes` as text::char_codes makes them; one score per category.
  void score(std::span<const std::uint8_t> codes, CharNetScratch& scratch, std::span<float> scores) const;

 private:
  void pool(std::span<const std::uint8_t> codes, CharNetScratch& scratch) const;
  float quantise(CharNetScratch& scratch) const;

  std::size_t filters_ = 0;
  const std::int16_t* table_ = nullptr;
  const float* scale_ = nullptr;
  const std::int16_t* bias_ = nullptr;
  const std::int8_t* head_ = nullptr;
  const float* head_scale_ = nullptr;
  const float* head_bias_ = nullptr;
};

}  // namespace pointsman::classify
